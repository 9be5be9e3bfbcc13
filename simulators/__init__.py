"""Machines that answer as real ones do: physics underneath, real protocols outside."""
