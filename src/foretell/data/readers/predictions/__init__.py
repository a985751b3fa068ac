"""Predictions made elsewhere: one file per layout, read as one neutral type and written from it."""
