"""Complaints about what left the plant, linked to the lot and the unit they are about (GMP 2010, articles 269 on)."""
