"""Functions of the user's own: called with columns, rows or values in their layout, results put together as pandas does."""
