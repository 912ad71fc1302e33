"""Model: a config, an encoder and a network together; weights.npz; the run folder."""
