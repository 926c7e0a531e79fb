"""What the right answer is: the pool, computed in NumPy, as readable as its specification.

================ ====================================================
`pool`           the pool and all that can be done to it
`state`          what a pool holds, and how two pools are compared
`neurons`        a tick, first half: integrate and fire
`synapses`       a tick, second half: spikes travel, eligibilities move
`homeostasis`    thresholds that follow activity
`plasticity`     modulation: eligibilities become weights
`growth`         synaptogenesis and pruning
`connectivity`   constructors
`generator`      the random numbers of constructors and synaptogenesis
`statistics`     summaries
`arithmetic`     saturation and rounding of arrays
`astrocytes`     calcium, and what it makes of weights
`block`          the dense block of a pool: synapses on a memristor crossbar
`crossbar_array` the crossbar in integers
`crossbar`       the physics that they stand for
================ ====================================================
"""

from .astrocytes import Astrocytes
from .connectivity import DEFAULT_SEED, new, with_random_connectivity_seeded
from .pool import Pool
from .state import STATE_FIELDS, first_difference
from .statistics import Stats

__all__ = ["DEFAULT_SEED", "STATE_FIELDS", "Astrocytes", "Pool", "Stats", "first_difference", "new",
           "with_random_connectivity_seeded"]
