"""`isotherm gateway`, `watch`, `web`: the programs of a plant, each started alone; settings as `--help` says."""

from __future__ import annotations
