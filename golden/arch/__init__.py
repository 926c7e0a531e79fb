"""The contract: what gateware, model and host must agree on, bit by bit.

Standard library alone. Everything here is data and integer rules; nothing computes a whole tick
(that is `golden.model`) and nothing becomes gates (that is `hdl`).

=============== =============================================================
`numeric`       saturation and rounding
`maturity`      the temperature life cycle of a synapse
`config`        run-time configuration of a pool, and the options beyond the reference
`params`        build parameters of a core
`records`       byte layouts: records, and the words of the memories
`registers`     the register map
`windows`       the memories a host can reach
`crossbar`      the memristor crossbar, cell by cell
`block`         a crossbar in a pool: the dense block
`frames`        what travels on the line
`commands`      what travels inside the two streams: commands and reports
`identity`      version and hash of all of the above
`document`      writes them down for drivers in other languages
=============== =============================================================
"""
