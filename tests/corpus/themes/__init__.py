"""Themes: one file per kind of trouble."""
