"""litsdf."""
