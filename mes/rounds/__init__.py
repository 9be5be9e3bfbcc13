"""Rounds of inspection."""
