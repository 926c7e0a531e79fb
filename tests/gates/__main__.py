"""Let the cells of the iCEBreaker's whole core learn beside the golden pool.

Run: python -m tests.gates [--rounds N]

The core has the capacities of the board, its pool as many synapses. All state is compared after
every operation; the first difference ends it with an error.
"""

import argparse
import re
import sys
import time
from collections import Counter

from boards.icebreaker import BOARD
from sim.gates import Gates
from sim.streams import StreamLink
from sim.verilated import verilated
from tests.lockstep.side_by_side import SideBySide

from .learning import learn

CELL = re.compile(r"^  (?:SB|WORST)_(\w+)", re.M)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.gates", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, metavar="N",
                        help="modulations, each after two ticks (default: %(default)s)")
    options = parser.parse_args(arguments)

    params = BOARD.params
    gates = Gates("hdl.core:Core", params)
    start = time.monotonic()
    cells = Counter(CELL.findall(gates.netlist()))
    link = StreamLink(params, simulation=verilated(gates))
    built = time.monotonic()
    happened = learn(SideBySide(link), params.neurons, params.synapses // params.neurons,
                     options.rounds)
    ended = time.monotonic()

    table = {f"cells: {kind}": number for kind, number in cells.most_common()} | {
        "neurons": params.neurons, "synapses": params.synapses, **happened,
        "cycles": link.simulation.cycles, "seconds to build": round(built - start),
        "seconds to run": round(ended - built)}
    for name, number in table.items():
        print(f"{name:20}{number:>14,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
