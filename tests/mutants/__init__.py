"""Small mistakes in the gateware that the tests must notice: `python -m tests.mutants`."""
