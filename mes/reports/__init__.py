"""Reports that were asked for, and those that are kept: files with their hashes that nobody alters."""
