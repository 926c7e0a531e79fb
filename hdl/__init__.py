"""Gateware, in Amaranth: what becomes gates."""
