"""Installation and operational qualification: what is installed, and known answers held against it, on site."""
