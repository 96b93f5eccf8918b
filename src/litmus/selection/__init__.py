"""Choosing among trials by what they are in production: estimates, limits, simulated finalists."""
