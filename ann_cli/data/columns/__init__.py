"""Columns: what the training rows say of each, and the features and targets that they become."""
