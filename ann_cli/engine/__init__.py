"""The engine: activations, losses, initializers, optimizers, schedules, layers, network, training."""
