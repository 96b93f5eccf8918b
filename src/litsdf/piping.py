"""`df.pipe(function)` of tables and columns."""

from __future__ import annotations

from typing import Any

__all__ = ["Piping"]


class Piping:
    """Calling functions in the order in which they are read."""

    __slots__ = ()

    def pipe(self, func: Any, *args: Any, **options: Any) -> Any:
        """Call a function on this object; a pair of a function and a name passes it under that name.

        Raises:
            ValueError: the name is also given as an option.

        >>> from litsdf import Series
        >>> Series([1, 2], layout="numpy").pipe((lambda by, column: column * by, "column"), 3).to_list()
        [3, 6]
        """
        if not isinstance(func, tuple):
            return func(self, *args, **options)
        function, target = func
        if target in options:
            raise ValueError(f"{target} is both the pipe target and a keyword argument")
        return function(*args, **{target: self}, **options)
