def main():
    print("tripartite")
