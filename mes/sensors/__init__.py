"""Sensors: which instrument serves which point, where points stand, what laboratories found, what is in doubt."""
