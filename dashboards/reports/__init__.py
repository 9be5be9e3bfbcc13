"""Documents: what a report shows (a module a kind), how it is printed as PDF, and how one is made and kept."""
