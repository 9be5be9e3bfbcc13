"""Machines as batches need them: their status, their cleaning, and what speaks against starting on one."""
