"""Maintenance orders: what the crew is asked to do, by the watch or by people, and what they found."""
