"""The public vectors of the reference implementation, on the golden model."""

from pathlib import Path

import pytest

from host.conform import conform
from host.device import GoldenDevice

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "pool"
SCRIPTS = sorted(VECTORS.glob("*.jsonl"))


@pytest.mark.skipif(not SCRIPTS, reason=f"{VECTORS} has no vectors")
def test_vectors_are_there():
    assert {script.stem for script in SCRIPTS} >= {"v01_demo32", "v02_n32_ops", "v09_constructor"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_golden_conforms(script):
    report = conform(script, GoldenDevice)
    assert report.difference is None
    assert report.records
