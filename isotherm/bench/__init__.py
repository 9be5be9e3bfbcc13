"""Measurements of the whole chain on this machine, each with real engines in a folder that is thrown away."""
