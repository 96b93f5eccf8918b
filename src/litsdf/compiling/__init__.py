"""Turning a plan into something that runs: code for one row, one Polars query, or a replay in any layout."""
