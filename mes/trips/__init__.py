"""Trips of vehicles: lots go in and out by scan, the air is judged on the way, receiving accepts or refuses."""
