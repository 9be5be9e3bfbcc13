"""Runs beside the machines: drivers read, the buffer keeps, the uplink sends. Nothing here writes to a device."""
