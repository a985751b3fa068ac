"""Report: one self-contained HTML file per study."""
