"""What names a pin, a clock rate or a tool: one file per board."""
