"""A virtual board that echoes. Run: python -m tests.support.echo_board"""

import sys

from sim.board import main

if __name__ == "__main__":
    sys.exit(main(component="tests.support.designs:Echo"))
