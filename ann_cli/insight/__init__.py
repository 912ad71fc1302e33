"""Insight: what a model is worth, and beside what."""
