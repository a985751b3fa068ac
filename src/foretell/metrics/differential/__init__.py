"""Differential genes: whether those that really respond are found, ranked and counted."""
