"""The language of readings (standard library only) and the store that keeps them."""
