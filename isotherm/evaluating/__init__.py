"""A logger's file and a policy go in, what the policy says of the readings comes out: no database, nothing kept."""
