import numpy as np
import pytest

from golden.model import DEFAULT_SEED
from golden.model.generator import DRAW_SHIFT, U64_MAX, following, jump, step


def test_first_draws_are_those_of_the_reference():
    draws = following(DEFAULT_SEED ^ 32, 3) >> DRAW_SHIFT
    assert draws.tolist() == [1134554616, 1120661638, 435598810]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 100])
def test_block_is_what_single_steps_make(count):
    state, states = 12345, []
    for _ in range(count):
        state = step(state)
        states.append(state)
    assert following(12345, count).tolist() == states
    multiplier, increment = jump(count)
    assert (12345 * multiplier + increment) & U64_MAX == state


def test_arrays_step_as_integers_do():
    states = [0, 1, U64_MAX, 2**63]
    assert step(np.array(states, np.uint64)).tolist() == [step(state) for state in states]
