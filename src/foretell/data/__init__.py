"""Data: read, preprocess, simulate; nothing here knows a model."""
