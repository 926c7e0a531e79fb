"""The linear congruential generator that draws random connectivity and new synapses.

    s ← s * 6364136223846793005 + 1442695040888963407  (mod 2**64);  draw = s >> 33

A draw has 31 bits. `k` steps are one step with another multiplier and increment, which is what
lets a block of states be advanced at once.
"""

import numpy as np

MULTIPLIER = 6364136223846793005
INCREMENT = 1442695040888963407
DRAW_SHIFT = 33
U64_MAX = (1 << 64) - 1


def step(state):
    """Return the next state; of an int, or of each element of an array of uint64."""
    if isinstance(state, np.ndarray):
        return state * np.uint64(MULTIPLIER) + np.uint64(INCREMENT)
    return (state * MULTIPLIER + INCREMENT) & U64_MAX


def jump(steps: int) -> tuple[int, int]:
    """Return multiplier and increment of `steps` steps taken at once."""
    multiplier, increment = 1, 0
    square, constant = MULTIPLIER, INCREMENT  # of 2**bit steps
    for bit in range(steps.bit_length()):
        if steps >> bit & 1:
            multiplier, increment = multiplier * square, increment * square + constant
        square, constant = square * square & U64_MAX, (square + 1) * constant & U64_MAX
    return multiplier & U64_MAX, increment & U64_MAX


def following(state: int, count: int) -> np.ndarray:
    """Return the `count` states that follow `state`, shape (count,), uint64."""
    states = np.empty(count, np.uint64)
    states[0] = step(state)
    known = 1
    while known < count:
        multiplier, increment = jump(known)
        chunk = states[:min(known, count - known)]
        states[known:known + len(chunk)] = (chunk * np.uint64(multiplier)
                                            + np.uint64(increment))
        known += len(chunk)
    return states
