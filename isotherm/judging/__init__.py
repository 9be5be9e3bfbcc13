"""How well the models of machine health do on public data: one protocol for every set, trivial answers beside it."""
