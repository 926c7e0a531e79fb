"""Finding one's way: worlds, agents, and what they reach.

================ ====================================================
`worlds`         grid worlds, from seeds
`environment`    a world as a gymnasium environment
`foreign`        somebody else's worlds: those of minigrid
`rules`          settings of the network, and its tables
`kernel`         the network, compiled, for many seeds at once
`walkers`        what it is compared with, compiled
`agents`         all agents by name
`network`        the network as a pool, on any device
`harness`        agents over seeds, and the figures of it
`picture`        pictures of one run
================ ====================================================
"""
