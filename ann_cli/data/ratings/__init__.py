"""Ratings: who rated what, kept sparse, and what they teach of users and items."""
