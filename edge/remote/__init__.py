"""Configs that come from afar: verified, looked at, followed on trial, kept or rolled back. See README.md."""
