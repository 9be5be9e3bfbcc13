"""What an edge has read and the database does not have yet, kept on disk."""
