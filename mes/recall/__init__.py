"""Recalls, real and rehearsed: how far a bad lot went, who was told, what came back."""
