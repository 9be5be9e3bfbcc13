"""Notifications: who is told of an alarm, when, over which channel, and what became of each message."""
