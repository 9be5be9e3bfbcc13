"""The engines that a plant on one machine starts for itself: PostgreSQL and nats-server, from PyPI wheels."""
