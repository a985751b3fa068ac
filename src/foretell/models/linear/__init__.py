"""Linear models, with closed forms."""
