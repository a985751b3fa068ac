"""Statistics: pure functions on arrays that know nothing of cells, models or files."""
