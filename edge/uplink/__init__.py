"""The way to the plant: what is sent, covered, asked for and sent again."""
