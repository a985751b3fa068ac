"""The nouns of Foretell; imports nothing else of ours."""
