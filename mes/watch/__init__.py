"""The watch: asks what new readings mean, and writes what follows in one transaction. It never waits for a person."""

from mes.watch.loop import run_watch
from mes.watch.settings import WatchSettings

__all__ = ["WatchSettings", "run_watch"]
