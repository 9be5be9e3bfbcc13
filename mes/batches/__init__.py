"""Batch execution: the electronic batch record from its issue to the end of the last operation."""
