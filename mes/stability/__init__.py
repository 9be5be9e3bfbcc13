"""Stability budgets: what lots drew of the time that their products withstand outside the cold, and what is left."""
