"""The audit trail: who did what, when and why, and the proof that nobody has changed it since."""
