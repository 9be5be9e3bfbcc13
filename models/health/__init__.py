"""What a machine's own readings tell of its health: detectors that learn what is normal, and advise."""
