"""Mapping: how large spaces are, how many points they need, and studies of where they are warm and cold."""
