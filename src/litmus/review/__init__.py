"""Predictions that people look at, and what they say about them."""
