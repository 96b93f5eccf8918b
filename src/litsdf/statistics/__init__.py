"""Reductions, ranks, counts, running values and windows of columns, on NumPy arrays: what every columnar layout shares."""
