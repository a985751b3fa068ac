"""Public data sets by name: one file each; found because the file exists."""
