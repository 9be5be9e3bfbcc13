"""Suppliers, approved item by item and for a time (GMP 2010 Art. 104, 106): what may be received from whom."""
