"""Windows over rows: `rolling`, `expanding`, `ewm`, also within groups, calculated by pandas' kernels on arrays."""
