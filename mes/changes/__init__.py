"""Change control (GMP 2010, articles 240 to 246): what quality depends on is judged before it changes."""
