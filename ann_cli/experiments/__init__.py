"""Experiments: many trainings, to learn which settings help."""
