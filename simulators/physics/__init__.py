"""Pure physics of the simulated plant: state, a step, and no I/O. Time is an argument."""
