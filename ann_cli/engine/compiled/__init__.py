"""Compiled code: the steps of a training on numbers, and not on arrays. One file knows numba."""
