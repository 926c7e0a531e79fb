"""What stands in for hardware: emission, simulation, the virtual board."""
