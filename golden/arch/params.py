"""Build parameters of a core."""

from dataclasses import dataclass

from .config import check_range
from .crossbar import SIZE_MAX


def _is_power_of_two(value: int) -> bool:
    return value > 0 and value & (value - 1) == 0


def index_width(depth: int) -> int:
    """Return the bits of an index into `depth` words; at least 1."""
    return max(1, (depth - 1).bit_length())


@dataclass(frozen=True, kw_only=True)
class CoreParams:
    """Capacities of one core, fixed when it is built.

    Parameters
    ----------
    neurons : int
        Neurons, 1..65,536; a multiple of `tiles`.
    tiles : int
        Tiles, a power of two up to 16. Neuron i lives in tile ``i % tiles``, word ``i // tiles``.
    synapses : int
        Synapses over all tiles; a multiple of `tiles`.
    delay_slots : int
        Slots of the delay ring, 1..255 ticks.
    divisor : int
        Clock cycles of one bit on the line, at least 3; 4 or more where the two ends have clocks
        of their own.
    command_depth, report_depth : int
        Bytes of the queues from and to the line, powers of two in 512..32,768.
    single_port : bool
        The synapses lie in single-port memories (those of an iCE40 UltraPlus); 1 tile, up to 16,384
        synapses, 4096 neurons and 16 slots.
    options : bool
        The departures from the reference are built in (`golden.arch.config.Options`).
    block_rows, block_columns : int
        Room for a dense block (`golden.arch.block`), 1..1024 each, `block_columns` a power of two
        and a multiple of `tiles`; both 0: none can be loaded.
    astrocytes : int
        Astrocyte domains, 0..65,535; 0 builds none, nor a domain into any synapse. None with
        `single_port`.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    neurons: int = 256
    tiles: int = 1
    synapses: int = 16384
    delay_slots: int = 8
    divisor: int = 4
    command_depth: int = 4096
    report_depth: int = 4096
    single_port: bool = False
    options: bool = True
    block_rows: int = 0
    block_columns: int = 0
    astrocytes: int = 0

    def __post_init__(self):
        check_range("core", "tiles", self.tiles, 1, 16)
        check_range("core", "neurons", self.neurons, 1, 65536)
        check_range("core", "synapses", self.synapses, self.tiles, 1 << 24)
        check_range("core", "delay_slots", self.delay_slots, 1, 255)
        check_range("core", "divisor", self.divisor, 3, 65535)
        check_range("core", "astrocytes", self.astrocytes, 0, 65535)
        check_range("core", "block_rows", self.block_rows, 0, SIZE_MAX)
        check_range("core", "block_columns", self.block_columns, 0, SIZE_MAX)
        self._check_block()
        if self.single_port:
            for name, high in (("tiles", 1), ("synapses", 16384), ("neurons", 4096),
                               ("delay_slots", 16)):
                check_range("core with single_port", name, getattr(self, name), 1, high)
            check_range("core with single_port", "astrocytes", self.astrocytes, 0, 0)
        if not _is_power_of_two(self.tiles):
            raise ValueError(f"core: tiles must be a power of two, not {self.tiles}")
        for name in ("neurons", "synapses"):
            if getattr(self, name) % self.tiles:
                raise ValueError(f"core: {name} must be a multiple of the {self.tiles} tiles, "
                                 f"not {getattr(self, name)}")
        for name in ("command_depth", "report_depth"):
            check_range("core", name, getattr(self, name), 512, 32768)
            if not _is_power_of_two(getattr(self, name)):
                raise ValueError(f"core: {name} must be a power of two, "
                                 f"not {getattr(self, name)}")

    def _check_block(self):
        rows, columns = self.block_rows, self.block_columns
        if (rows == 0) != (columns == 0):
            raise ValueError("core: block_rows and block_columns must both be 0 or neither, "
                             f"not {rows} and {columns}")
        if columns and (columns & (columns - 1) or columns < self.tiles):
            raise ValueError("core: block_columns must be a power of two and a multiple of the "
                             f"{self.tiles} tiles, not {columns}")

    @property
    def tile_columns(self) -> int:
        """Lanes of the dense block in one tile."""
        return self.block_columns // self.tiles

    @property
    def tile_width(self) -> int:
        """Bits of a tile number: 0 for a single tile."""
        return (self.tiles - 1).bit_length()

    @property
    def tile_neurons(self) -> int:
        """Neurons of one tile."""
        return self.neurons // self.tiles

    @property
    def tile_synapses(self) -> int:
        """Synapses of one tile."""
        return self.synapses // self.tiles

    @property
    def count_width(self) -> int:
        """Bits of a number of neurons, 0..neurons."""
        return self.neurons.bit_length()

    @property
    def source_width(self) -> int:
        """Bits of a neuron number within the core."""
        return index_width(self.neurons)

    @property
    def local_width(self) -> int:
        """Bits of a neuron number within its tile."""
        return index_width(self.tile_neurons)

    @property
    def synapse_width(self) -> int:
        """Bits of a synapse number within its tile."""
        return index_width(self.tile_synapses)

    @property
    def slot_width(self) -> int:
        """Bits of a slot number of the delay ring."""
        return index_width(self.delay_slots)

    @property
    def domain_width(self) -> int:
        """Bits of the number of a domain, or of none: 0 without astrocytes."""
        return self.astrocytes.bit_length()

    @property
    def event_bytes(self) -> int:
        """Bytes of a neuron number, and of their count, in an event report."""
        return 1 if self.neurons <= 256 else 2
