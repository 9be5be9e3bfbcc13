"""Shipments to customers: planned, picked by scan, loaded, shipped, delivered, and what comes back."""
