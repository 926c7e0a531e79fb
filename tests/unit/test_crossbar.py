import numpy as np
import pytest

from golden.arch.crossbar import CODE_ONE, STATE_FULL, CrossbarParams, Plane, Polarity
from golden.model.crossbar import CrossbarArray, CrossbarTables
from hdl.cell import CellOp
from hdl.crossbar import Crossbar
from tests.support.gateware import simulate

ROWS, COLUMNS = 5, 8


def any_array(rng) -> CrossbarArray:
    """Return a crossbar with every kind of variation, fault and loss, and tables of any shape."""
    cells = (2, ROWS, COLUMNS)

    def railed(most, *shape):
        values = rng.integers(0, most + 1, shape)
        values[rng.random(shape) < 0.1] = 0
        values[rng.random(shape) < 0.1] = most
        return values

    params = CrossbarParams(
        rows=ROWS, columns=COLUMNS, noise=int(rng.choice([0, 94, 255])),
        drift_shift=int(rng.integers(1, 17)), adc_shift=int(rng.integers(0, 17)),
        adc_bits=int(rng.integers(2, 9)))
    tables = CrossbarTables(
        np.sort(railed(65535, 2, 256)).astype(np.uint16),
        tuple(rng.integers(0, 16, 2).tolist()),
        np.minimum(railed(CODE_ONE, 256), CODE_ONE).astype(np.uint16))
    return CrossbarArray(
        params=params, tables=tables, state=railed(STATE_FULL, *cells), gain=railed(255, *cells),
        scale=railed(255, 2, *cells), stuck=rng.choice(4, cells, p=[0.7, 0.1, 0.1, 0.1]),
        loss=railed(65535, *cells), register=rng.integers(1, 2**31, (2, COLUMNS)))


class Driver:
    """Drives a `Crossbar` beside a golden array."""

    def __init__(self, ctx, dut: Crossbar, golden: CrossbarArray):
        self.ctx, self.dut, self.golden = ctx, dut, golden

    async def load(self):
        golden, params, tables = self.golden, self.golden.params, self.golden.tables
        config = {name: getattr(params, name)
                  for name in ("noise", "drift_shift", "adc_shift", "adc_bits")}
        config["set_shift"], config["reset_shift"] = tables.step_shift
        for name, value in config.items():
            self.ctx.set(self.dut.config[name], value)
        for row, column in np.ndindex(ROWS, COLUMNS):
            index = row * COLUMNS + column
            cell = slice(None), row, column
            await self._write("cells", index, [
                {"state": state, "loss": loss} for state, loss in
                zip(golden.state[cell].tolist(), golden.loss[cell].tolist(), strict=True)])
            await self._write("traits", index, self._traits(row, column))
        for column in range(COLUMNS):
            await self._write("draws", column, golden.register[:, column].tolist())
        for index in range(256):
            await self._write("entries", index, self._entry(index))

    async def compare(self):
        """Compare all that may have changed."""
        golden = self.golden
        for row, column in np.ndindex(ROWS, COLUMNS):
            cell = await self._read("cells", "cell", row * COLUMNS + column)
            assert [part.state for part in cell] == golden.state[:, row, column].tolist()
            assert [part.loss for part in cell] == golden.loss[:, row, column].tolist()
        for column in range(COLUMNS):
            draw = await self._read("draws", "draw", column)
            assert list(draw) == golden.register[:, column].tolist()

    async def compare_constants(self):
        """Compare what nothing changes."""
        for row, column in np.ndindex(ROWS, COLUMNS):
            traits = await self._read("traits", "trait", row * COLUMNS + column)
            assert [{"gain": part.gain, "scales": list(part.scales), "stuck": part.stuck}
                    for part in traits] == self._traits(row, column)
        for index in range(256):
            entry = await self._read("entries", "entry", index)
            assert {"steps": list(entry.steps),
                    "conductance": entry.conductance} == self._entry(index)

    async def read(self, row: int):
        """Read a row, a column in each cycle."""
        self.ctx.set(self.dut.op, CellOp.READ)
        codes = []
        for cycle in range(COLUMNS + Crossbar.LATENCY):
            if cycle >= Crossbar.LATENCY:
                codes.append(self.ctx.get(self.dut.code))
            self._offer(row, cycle)
            await self.ctx.tick()
        assert codes == self.golden.read(row).tolist()

    async def pulse(self, row: int, counts):
        """Pulse a row, one pulse per column in each round."""
        self.ctx.set(self.dut.op, CellOp.PULSE)
        for done in range(int(np.abs(counts).max())):
            for cycle in range(max(COLUMNS, Crossbar.MOVED + 1)):
                due = cycle < COLUMNS and abs(counts[cycle]) > done
                self._offer(row, cycle, valid=due, lowers=due and counts[cycle] < 0)
                await self.ctx.tick()
        await self._drain()
        self.golden.pulse(row, counts)

    async def drift(self):
        self.ctx.set(self.dut.op, CellOp.DRIFT)
        for index in range(ROWS * COLUMNS):
            self._offer(0, index, valid=True)
            await self.ctx.tick()
        await self._drain()
        self.golden.drift()

    async def _drain(self):
        self.ctx.set(self.dut.valid, 0)
        await self.ctx.tick().repeat(Crossbar.MOVED + 1)

    def _offer(self, row, column, *, valid=None, lowers=False):
        self.ctx.set(self.dut.valid, column < COLUMNS if valid is None else bool(valid))
        self.ctx.set(self.dut.index, (row * COLUMNS + column) % (ROWS * COLUMNS))
        self.ctx.set(self.dut.lowers, bool(lowers))

    def _traits(self, row, column):
        golden = self.golden
        return [{"gain": int(golden.gain[plane, row, column]),
                 "scales": [int(golden.scale[plane, kind, row, column]) for kind in Polarity],
                 "stuck": int(golden.stuck[plane, row, column])} for plane in Plane]

    def _entry(self, index):
        tables = self.golden.tables
        return {"steps": tables.step[:, index].tolist(),
                "conductance": int(tables.conductance[index])}

    async def _write(self, name, address, data):
        host = getattr(self.dut, name)
        for member, value in (("claim", 1), ("address", address), ("write", 1), ("data", data)):
            self.ctx.set(getattr(host, member), value)
        await self.ctx.tick()
        self.ctx.set(host.claim, 0)
        self.ctx.set(host.write, 0)

    async def _read(self, name, word, address):
        host = getattr(self.dut, name)
        self.ctx.set(host.claim, 1)
        self.ctx.set(host.address, address)
        await self.ctx.tick()
        self.ctx.set(host.claim, 0)
        return self.ctx.get(getattr(self.dut, word))


@pytest.mark.parametrize("seed", range(8))
def test_array_equals_golden_after_every_operation(seed):
    rng = np.random.default_rng(seed)
    dut = Crossbar(ROWS, COLUMNS)

    async def testbench(ctx):
        driver = Driver(ctx, dut, any_array(rng))
        await driver.load()
        await driver.compare()
        for _ in range(30):
            match rng.choice(["read", "read", "pulse", "pulse", "drift"]):
                case "read":
                    await driver.read(int(rng.integers(ROWS)))
                case "pulse":
                    most = int(rng.choice([1, 4, 20]))
                    await driver.pulse(int(rng.integers(ROWS)),
                                       rng.integers(-most, most + 1, COLUMNS))
                case "drift":
                    await driver.drift()
            await driver.compare()
        await driver.compare_constants()

    simulate(dut, testbench, deadline=50_000)
