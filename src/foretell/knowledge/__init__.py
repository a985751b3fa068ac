"""Knowledge: what was known before the screen."""
