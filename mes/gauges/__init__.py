"""Gauges that people measure with: the register, what was measured with each, and what rests on it."""
