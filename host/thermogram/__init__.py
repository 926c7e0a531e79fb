"""The memory that survives the power switch: capsules of what a pool has learned."""
