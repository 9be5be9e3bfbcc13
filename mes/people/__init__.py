"""Who works in the plant: people and their roles, passwords, sessions, keys of programs, electronic signatures."""
