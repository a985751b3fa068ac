"""Files that were fetched: their sums, and what is packed inside them."""
