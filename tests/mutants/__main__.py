"""Put small mistakes into the gateware, one by one, and see whether the tests notice.

Run: python -m tests.mutants [--component hdl/neuron.py] [--sample N]

Every mistake is made in a copy of the tree, where the tests of its component are run. The exit
status is 1 if any survives, or if its text does not stand exactly once in the source.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
FOLDERS = ("boards", "golden", "hdl", "host", "sim", "tests")
DEADLINE_SECONDS = 600


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--component", action="append", choices=CATALOGUE,
                        help="only this file (may be repeated)")
    parser.add_argument("--sample", type=int, metavar="N", help="only N, the same ones each time")
    options = parser.parse_args(arguments)

    mutants = [(path, test, old, new) for path, (test, changes) in CATALOGUE.items()
               if path in (options.component or CATALOGUE) for old, new in changes]
    if options.sample is not None:
        mutants = random.Random(1).sample(mutants, min(options.sample, len(mutants)))

    survivors = 0
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch)
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, tree / folder,
                            ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tree)
        for test in sorted({test for _, test, _, _ in mutants}):
            if not passes(tree, test):
                print(f"{test}: fails without a mistake")
                return 1
        for path, test, old, new in mutants:
            source = (ROOT / path).read_text()
            start = time.monotonic()
            if source.count(old) != 1:
                verdict = f"STANDS {source.count(old)} TIMES"
            else:
                (tree / path).write_text(source.replace(old, new))
                verdict = "SURVIVED" if passes(tree, test) else "killed"
                (tree / path).write_text(source)
            survivors += verdict != "killed"
            print(f"{verdict:10} {time.monotonic() - start:4.0f} s  {path}: "
                  f"{' '.join(old.split())}  ->  {' '.join(new.split())}", flush=True)
    print(f"{len(mutants) - survivors} of {len(mutants)} mutants killed")
    return survivors > 0


def passes(tree: Path, test: str) -> bool:
    """Return whether a test file passes in `tree`; a test that hangs does not."""
    command = [sys.executable, "-m", "pytest", "-n0", "-x", "-q", "-p", "no:cacheprovider", test]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1",
                                "TRIPARTITE_CACHE": str(tree / "cache")}
    try:
        return subprocess.run(command, cwd=tree, env=environment, timeout=DEADLINE_SECONDS,
                              capture_output=True, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    sys.exit(main())
