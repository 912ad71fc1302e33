"""The engine: activations, losses, initializers, optimizers, schedules, layers, training."""
