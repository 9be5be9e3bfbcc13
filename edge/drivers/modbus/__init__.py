"""Modbus TCP: few large requests instead of many small ones, and no dead device that holds up the others."""
