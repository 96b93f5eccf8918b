"""Groups of rows: keys become codes once, then arrays give the results of all groups together."""
