"""Finding one's way: worlds, agents, and what they reach.

================ ====================================================
`worlds`         grid worlds, from seeds
`environment`    a world as a gymnasium environment
`foreign`        somebody else's worlds: those of minigrid
`errands`        what agents are asked to do, and how they did
`rules`          settings of the network, and its tables
`kernel`         the network, compiled, for many seeds at once
`memory`         memristors that keep what the network learns
`walkers`        what it is compared with, compiled
`agents`         all agents by name
`network`        the network as a pool, on any device
`on_device`      the network on a device, in step with the compiled one
`harness`        agents over seeds, and the figures of it
`picture`        pictures of one run
================ ====================================================

Importing it registers the environment ``tripartite/GridWorld-v0`` with gymnasium.
"""

import gymnasium

ENVIRONMENT = "tripartite/GridWorld-v0"

if ENVIRONMENT not in gymnasium.registry:
    gymnasium.register(id=ENVIRONMENT, entry_point="host.navigation.environment:GridWorld")
