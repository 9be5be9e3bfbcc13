"""A log of one's own: what the models learn from its first days, and what they would have told of the others."""
