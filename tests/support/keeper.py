"""Drive what keeps the synapses of a tile as a tile does, beside a dictionary that keeps them."""

from collections import deque

from golden.arch.records import AGE_HORIZON, decay_table, full_decay_table

from .gateware import plain
from .literal import tdiv

PLACE, STATE = ("target", "offset"), ("weight", "maturity", "eligibility")
DRAIN = 3  # cycles from the last write to a memory that shows it


class Keeper:
    """A component with `hdl.synapses.SynapsePorts`, and the synapses that it should hold.

    Attributes
    ----------
    synapses : dict
        Synapses by number, as dictionaries of the fields of `hdl.records.SynapseWord`.
    holds : list of int
        For each synapse of the latest pass, in how many cycles it was not taken.
    """

    def __init__(self, ctx, dut, rng):
        self.synapses, self.holds = {}, []
        self._ctx, self._dut, self._ports, self._rng = ctx, dut, dut.ports, rng
        self._trace_decay = 0

    async def write(self, indices):
        """Have the host write any synapses."""
        ctx, host = self._ctx, self._ports.host
        ctx.set(host.claim, 1)
        ctx.set(host.write, 1)
        for index in indices:
            self.synapses[index] = self.any_state() | {
                "target": int(self._rng.integers(1 << len(host.data.target))),
                "offset": int(self._rng.integers(1 << len(host.data.offset)))}
            ctx.set(host.address, index)
            ctx.set(host.data, self.synapses[index])
            await ctx.tick()
        ctx.set(host.write, 0)
        ctx.set(host.claim, 0)

    async def compare(self):
        """Have the host read all synapses, one per cycle."""
        ctx, host = self._ctx, self._ports.host
        ctx.set(host.claim, 1)
        indices = list(self.synapses)
        for cycle in range(len(indices) + self._dut.READ):
            if cycle < len(indices):
                ctx.set(host.address, indices[cycle])
            if cycle >= self._dut.READ:
                index = indices[cycle - self._dut.READ]
                assert plain(ctx.get(self._ports.word)) == self.synapses[index], index
            await ctx.tick()
        ctx.set(host.claim, 0)

    async def load(self, trace_decay, ages):
        """Load the decay tables, as far as these ages need them."""
        ctx, ports = self._ctx, self._ports
        self._trace_decay = trace_decay
        if self._dut.params.single_port:
            tables = {age: full_decay_table(trace_decay)[age] for age in ages if age < AGE_HORIZON}
        else:
            tables = dict(enumerate(decay_table(trace_decay)))
        ctx.set(ports.load, 1)
        for number, table in tables.items():
            for magnitude, value in enumerate(table):
                ctx.set(ports.load_address, 128 * number + magnitude)
                ctx.set(ports.load_data, value)
                await ctx.tick()
        ctx.set(ports.load, 0)

    def any_state(self):
        """Return what a pass may change of a synapse."""
        return {"weight": int(self._rng.integers(-128, 128)),
                "maturity": int(self._rng.integers(256)),
                "eligibility": int(self._rng.choice([-128, 0, 127, self._rng.integers(-128, 128)]))}

    def decayed(self, index, age):
        """Return an eligibility as the specification says."""
        value = self.synapses[index]["eligibility"]
        for _ in range(age):
            value = tdiv(value * self._trace_decay, 256)
        return value

    async def update(self, rows, *, changing, gap=0.0):
        """Walk rows (numbers of synapses, age), bring them up to date, and keep something new.

        `changing` passes keep new weights and maturities too. `gap` is the chance of a pause before
        a row.
        """
        dut, ports = self._dut, self._ports
        shown = STATE if changing else PLACE + STATE

        def look():
            if read := self._past(dut.READ):
                word = plain(self._ctx.get(ports.word))
                before = self.synapses[read["index"]]
                assert {name: word[name] for name in shown} == {
                    name: before[name] for name in shown}, read
                read["place"] = {name: word[name] for name in PLACE}
                read["after"] = self.any_state()
                if not changing:
                    read["after"] |= {name: before[name] for name in ("weight", "maturity")}
            if not changing and (asked := self._past(dut.KEPT - 1)):
                target = self.synapses[asked["index"]]["target"]
                assert self._ctx.get(ports.target) == target, asked
            if kept := self._past(dut.KEPT):
                expected = self.decayed(kept["index"], kept["age"])
                assert self._ctx.get(ports.decayed) == expected, kept

        def keep():
            bumped, changed = self._past(dut.BUMPED), self._past(dut.CHANGED)
            self._set(bumped_enable=bool(bumped),
                      bumped_index=self._history[dut.BUMPED]["index"],
                      bumped=bumped["after"]["eligibility"] if bumped else 99,
                      changed_enable=bool(changed) and changing,
                      changed_index=self._history[dut.CHANGED]["index"])
            if changed:
                self._set(changed=changed["after"] | changed["place"] | {"eligibility": 99})
            if done := self._past(max(dut.BUMPED, dut.CHANGED)):
                self.synapses[done["index"]] |= done["after"]

        await self._walk(rows, look, keep, gap)

    async def prune(self, count, lives):
        """Walk the first `count` synapses, and move those that live together."""
        living = []

        def look():
            if read := self._past(self._dut.READ):
                word = plain(self._ctx.get(self._ports.word))
                assert word == self.synapses[read["index"]], read

        def keep():
            read = self._past(self._dut.READ)
            moves = bool(read) and lives(read["index"])
            self._set(moved_enable=moves, moved_index=len(living))
            if read and moves:
                living.append(self.synapses[read["index"]])

        self._set(pruning=1)
        await self._ctx.tick()
        await self._walk([(range(count), 0)], look, keep, 0.0)
        self._set(pruning=0)
        self.synapses.update(enumerate(living))

    async def _walk(self, rows, look, keep, gap):
        """Offer one synapse per cycle; have `look` and `keep` called in each."""
        ctx, ports = self._ctx, self._ports
        steps = [(index, age, index == row[0]) for row, age in rows for index in row]
        size = max(self._dut.BUMPED, self._dut.CHANGED) + 1
        self._history = deque([{"taken": False, "index": 0}] * size, maxlen=size)
        self.holds = [0]
        await self._set_passing(1)
        left = size + DRAIN
        while steps or left:
            left -= not steps
            waits = self.holds[-1] > 0
            pauses = not steps or (steps[0][2] and not waits and self._rng.random() < gap)
            index, age, begins = steps[0] if not pauses else (
                int(self._rng.integers(1 << len(ports.index))), 0, True)
            self._set(index=index, age=age, fresh=begins and not waits)
            taken = not pauses and not ctx.get(ports.hold)
            self._history.appendleft({"taken": taken, "index": index, "age": age})
            look()
            keep()
            if taken:
                steps.pop(0)
                self.holds.append(0)
            elif not pauses:
                self.holds[-1] += 1
            await ctx.tick()
        self.holds.pop()
        await self._set_passing(0)

    async def _set_passing(self, passing):
        if "passing" in self._dut.signature.members:
            self._ctx.set(self._dut.passing, passing)
            await self._ctx.tick()

    def _past(self, ago):
        """Return the synapse that was taken `ago` cycles ago, if one was."""
        entry = self._history[ago]
        return entry if entry["taken"] else None

    def _set(self, **values):
        for name, value in values.items():
            self._ctx.set(getattr(self._ports, name), value)
