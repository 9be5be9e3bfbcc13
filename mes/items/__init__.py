"""What the plant handles: units in which an item is counted, and the trade numbers under which it is sold."""
