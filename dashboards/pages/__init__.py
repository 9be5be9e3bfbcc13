"""One module a screen. A page asks services within one unit of work and renders; it decides nothing of its own."""
