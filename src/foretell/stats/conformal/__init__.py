"""Conformal: finite-sample quantiles, bounds and thresholds from exchangeable units."""
