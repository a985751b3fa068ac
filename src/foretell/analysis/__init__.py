"""Analysis: what a screen shows before anything is predicted."""
