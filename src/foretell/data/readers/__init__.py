"""Readers: one file per form in which a screen comes; `read.read` chooses among them."""
