"""Corpus: broken and odd files, written by functions, each with what has to happen to it.

``PYTHONPATH=tests python -m corpus`` runs every case and writes `docs/corpus.md`.
"""
