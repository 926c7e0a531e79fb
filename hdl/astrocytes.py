"""Astrocytes: their calcium, and what it makes of the weights that spikes carry."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.astrocytes import (
    GAIN_ONE,
    GAIN_SHIFT,
    GLIOTRANSMITTER_DEPTH,
    GLIOTRANSMITTER_SHIFT,
)
from golden.arch.numeric import U16_MAX
from golden.arch.params import CoreParams, index_width
from golden.arch.records import CALCIUM, DOMAIN
from golden.arch.windows import Window

from .delay import delayed, marked
from .numeric import saturate
from .records import from_line, to_line
from .registers import CONFIG
from .store import HostPort, Store
from .synapses import BlockSynapses
from .window import WindowBus

CALCIUM_WIDTH = 16
GAINS_IN_TABLES = 256
"""Most gains that lie in logic cells."""


def domain_width(params: CoreParams) -> int:
    """Return the bits of the number of a domain, or of none, which is `astrocytes`."""
    return index_width(params.astrocytes + 1)


def domain_from_line(params: CoreParams, line: Value) -> Value:
    """Return a domain from the line; all that do not exist are one."""
    domain = from_line(DOMAIN, line)["domain"]
    return Mux(domain > params.astrocytes, params.astrocytes, domain[:domain_width(params)])


class AstrocyteOp(enum.Enum, shape=2):
    """What happens to all domains, one after the other."""

    REFRESH = 0  # their gains are computed anew
    STEP = 1     # an astrocyte step
    CLEAR = 2    # they forget everything


class GainUpdate(data.StructLayout):
    """A new gain, for every tile.

    Members
    -------
    valid : unsigned(1)
        There is one.
    domain : unsigned(domain_width(params))
        Whose.
    gain : unsigned(9)
        Gain, 1/256.
    """

    def __init__(self, params: CoreParams):
        super().__init__({"valid": 1, "domain": domain_width(params), "gain": GAIN_SHIFT + 1})


class Astrocytes(wiring.Component):
    """Calcium of all domains, and the neurons that feed them.

    Computes `golden.arch.astrocytes`, bit for bit, but for the effective weights, which the tiles
    make of the gains (`AstrocyteWeights`). These are brought up to date by every pass through the
    domains; `stale` tells that the host has since written what they depend on, so that a REFRESH is
    due before spikes travel.

    A pass takes 1 cycle per domain and `LATENCY` more. A neuron that fired is taken in every cycle,
    and is known to its domain 3 cycles later. Passes, spikes and windows never overlap; the caller
    sees to it. No combinational paths from inputs to outputs.

    Parameters
    ----------
    params : CoreParams
        Build parameters; with astrocytes.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    fired : In(1), source : In(params.source_width)
        A neuron has fired.
    start : In(1), op : In(AstrocyteOp)
        Go through the domains; `op` is constant until `idle`.
    idle : Out(1)
        No pass under way; 0 from the cycle after `start`.
    stale : Out(1)
        The gains are not those of calcium, table and settings.
    gains : Out(GainUpdate(params))
        Gains as they are computed.
    bus : In(WindowBus(params))
        The host's windows FEEDS, CALCIUM and GLIOTRANSMITTERS; `read_data` comes 2 cycles after the
        address, and stays while that is held.
    """

    LATENCY = 10

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "config": In(CONFIG),
            "fired": In(1),
            "source": In(params.source_width),
            "start": In(1),
            "op": In(AstrocyteOp),
            "idle": Out(1),
            "stale": Out(1, init=1),
            "gains": Out(GainUpdate(params)),
            "bus": In(WindowBus(params)),
        })

    def elaborate(self, platform):
        m = Module()
        params, config = self.params, self.config
        m.submodules.feeds = feeds = Store(unsigned(domain_width(params)), params.neurons)
        m.submodules.calcium = calcium = Store(unsigned(CALCIUM_WIDTH), params.astrocytes)
        m.submodules.active = active = Store(unsigned(1), params.astrocytes)
        m.submodules.table = table = Store(unsigned(8), GLIOTRANSMITTER_DEPTH)
        self._windows(m, feeds, calcium, active, table)

        # one domain after the other
        running = Signal()
        place = Signal(range(params.astrocytes + 1))
        with m.If(running):
            m.d.sync += place.eq(place + 1)
            with m.If(place == params.astrocytes - 1):
                m.d.sync += running.eq(0)
        with m.If(self.start):
            m.d.sync += [running.eq(1), place.eq(0)]
        moving = marked(m, running, self.LATENCY, name="moving")
        places = [place]
        for cycle in range(1, self.LATENCY + 1):
            places.append(delayed(m, places[-1], 1, name=f"place{cycle}"))
        m.d.comb += [
            self.idle.eq(~Cat(moving).any()),
            calcium.read_address.eq(place),
            active.read_address.eq(place),
        ]

        # 1..5: what becomes of its calcium, which a block memory shows late
        before = delayed(m, calcium.read_data, 1, name="before")
        decay = before >> config.calcium_decay_shift
        step = delayed(m, Mux(decay == 0, 1, decay), 1, name="step")
        left = delayed(m, before, 1, name="left") - step
        fallen = delayed(m, Mux(left < 0, 0, left[:CALCIUM_WIDTH]), 1, name="fallen")
        influx = Mux(delayed(m, active.read_data, 3, name="was_active"), config.calcium_influx, 0)
        raised = delayed(m, fallen + influx, 1, name="raised")
        stepped = Mux(raised > U16_MAX, U16_MAX, raised[:CALCIUM_WIDTH])
        after = delayed(m, Mux(self.op == AstrocyteOp.STEP, stepped, Mux(
            self.op == AstrocyteOp.CLEAR, 0, delayed(m, before, 3, name="kept"))), 1, name="after")

        # 6..10: what becomes of its gain
        m.d.comb += table.read_address.eq(after >> GLIOTRANSMITTER_SHIFT)
        amount = delayed(m, table.read_data, 1, name="amount")
        change = delayed(m, config.alpha * amount, 1, name="product") >> GAIN_SHIFT
        m.d.sync += self.gains.gain.eq(Mux(config.facilitates, GAIN_ONE + change,
                                           GAIN_ONE - change))
        m.d.comb += [self.gains.valid.eq(moving[-1]), self.gains.domain.eq(places[-1])]

        # a spike makes its domain active, a step ends that
        moves = moving[6] & (self.op != AstrocyteOp.REFRESH)
        fired = marked(m, self.fired, 2, name="fired")[-1]
        fed = delayed(m, feeds.read_data, 1, name="fed")
        m.d.comb += [
            feeds.read_address.eq(self.source),
            calcium.write_enable.eq(moves),
            calcium.write_address.eq(places[6]),
            calcium.write_data.eq(after),
            active.write_enable.eq(moves | (fired & (fed != params.astrocytes))),
            active.write_address.eq(Mux(moves, places[6], fed)),
            active.write_data.eq(~moves),
        ]
        return m

    def _windows(self, m, feeds, calcium, active, table):
        """Let the host have the memories, and note what gains depend on."""
        bus, window = self.bus, self.bus.window
        state = from_line(CALCIUM, bus.write_data)
        for store, owner, value in (
                (feeds, Window.FEEDS, domain_from_line(self.params, bus.write_data)),
                (calcium, Window.CALCIUM, state["calcium"]),
                (active, Window.CALCIUM, state["active"]),
                (table, Window.GLIOTRANSMITTERS, bus.write_data[:8])):
            m.d.sync += [
                store.host.claim.eq(bus.active & (window == owner)),
                store.host.write.eq(bus.write),
            ]
            m.d.comb += [store.host.address.eq(bus.address), store.host.data.eq(value)]

        with m.If(self.start):
            m.d.sync += self.stale.eq(0)
        with m.If(bus.active & bus.write & Cat(window == owner for owner in (
                Window.REGISTERS, Window.CALCIUM, Window.GLIOTRANSMITTERS)).any()):
            m.d.sync += self.stale.eq(1)

        with m.If(delayed(m, bus.active, 1, name="asked")), m.Switch(window):
            for owner, answer in (
                    (Window.FEEDS, feeds.read_data),
                    (Window.CALCIUM, to_line(CALCIUM, {"calcium": calcium.read_data,
                                                       "active": active.read_data})),
                    (Window.GLIOTRANSMITTERS, table.read_data)):
                with m.Case(owner):
                    m.d.comb += bus.read_data.eq(answer)


class AstrocyteWeights(wiring.Component):
    """The domains of the synapses of one tile, and what these carry in place of their weights.

    1 synapse per cycle. A synapse named in cycle 0 shows its domain in cycle `DOMAIN`, takes its
    weight in cycle `DOMAIN` and shows its effective weight in cycle `EFFECTIVE`; computes
    `golden.arch.astrocytes.effective_weight`, bit for bit. No combinational paths from inputs to
    outputs.

    Parameters
    ----------
    params : CoreParams
        Build parameters; with astrocytes.

    Members
    -------
    index : In(params.synapse_width)
        Synapse, cycle 0.
    weight : In(signed(8))
        Its weight, cycle `DOMAIN`.
    effective : Out(signed(8))
        What it carries, cycle `EFFECTIVE`.
    moved_enable : In(1), moved_index : In(params.synapse_width)
        When pruning, cycle `DOMAIN`: the synapse goes there.
    gains : In(GainUpdate(params))
        Gain to be kept.
    host : In(HostPort(domain, synapse_width))
        The host's side of the domains.
    domain : Out(domain_width(params))
        Domain of the synapse, cycle `DOMAIN`; what the host reads.
    """

    DOMAIN = BlockSynapses.READ
    EFFECTIVE = DOMAIN + 2

    def __init__(self, params: CoreParams):
        self.params = params
        shape = unsigned(domain_width(params))
        super().__init__({
            "index": In(params.synapse_width),
            "weight": In(signed(8)),
            "effective": Out(signed(8)),
            "moved_enable": In(1),
            "moved_index": In(params.synapse_width),
            "gains": In(GainUpdate(params)),
            "host": In(HostPort(shape, params.synapse_width)),
            "domain": Out(shape),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        m.submodules.domains = domains = Store(unsigned(domain_width(params)),
                                               params.tile_synapses)
        # the last gain is that of synapses in no domain, and is never written; a few gains would
        # leave most of a block memory empty
        count = params.astrocytes + 1
        style = "distributed" if count <= GAINS_IN_TABLES else None
        m.submodules.gains = gains = Store(unsigned(GAIN_SHIFT + 1), count, style=style,
                                           init=[GAIN_ONE] * count)
        wiring.connect(m, domains.host, wiring.flipped(self.host))
        domain = delayed(m, domains.read_data, 1, name="domain")
        gain = delayed(m, gains.read_data, 1, name="gain")
        weight = delayed(m, self.weight, 1, name="weight")
        product = delayed(m, weight * gain, 1, name="product")
        m.d.comb += [
            domains.read_address.eq(self.index),
            gains.read_address.eq(domain),
            gains.write_enable.eq(self.gains.valid),
            gains.write_address.eq(self.gains.domain),
            gains.write_data.eq(self.gains.gain),
            self.domain.eq(delayed(m, domain, self.DOMAIN - 2, name="late_domain")),
            domains.write_enable.eq(self.moved_enable),
            domains.write_address.eq(self.moved_index),
            domains.write_data.eq(self.domain),
            self.effective.eq(saturate(product >> GAIN_SHIFT, 8)),
        ]
        return m
