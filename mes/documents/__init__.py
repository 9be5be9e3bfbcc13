"""Controlled documents: drafted, reviewed, approved, in force from a moment on, and blocked when they are obsolete."""
