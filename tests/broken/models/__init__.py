"""Broken models."""
