"""What need not be told is held back, and what must be told never is."""
