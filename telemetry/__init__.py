"""The language of readings (standard library only), the reading of YAML by line, and the store that keeps readings."""
