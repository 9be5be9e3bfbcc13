"""Forecasts: when a room leaves its limits. Advice from the room's own thermal model, kept in versions."""
