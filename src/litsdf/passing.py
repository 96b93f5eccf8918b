# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Going through pandas and back: how facade objects become pandas objects in a call, and results become facade objects."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.registry import frame_class, pandas_like_of, speaks_pandas

__all__ = ["NOT_MOVED", "Delegate", "Fallbacks", "Passing", "from_pandas", "through_pandas", "to_pandas"]


NOT_MOVED: Any = object()
"""What `Passing._moved` gives when a method is left to pandas."""


class FallbackWarning(UserWarning):
    """An operation left its layout for pandas."""


class UndeclaredFallbackWarning(FallbackWarning):
    """A layout failed where pandas has an answer: the answer is pandas', but the failure is a mistake of litsdf."""


class Fallbacks(Counter[str]):
    """How often each operation went through pandas, for a frame and everything derived from it."""

    warn: bool = False

    @staticmethod
    def mistaken(operation: str, layout: str, error: Exception) -> None:
        """Say that a layout failed at what it had not declined, so that it is not taken for slowness."""
        warnings.warn(
            f"{operation} failed in the {layout} layout ({type(error).__name__}: {error}), although pandas has an answer, "
            "which is given. Please report this.",
            UndeclaredFallbackWarning,
            stacklevel=4,
        )

    def note(self, operation: str, layout: str) -> None:
        """Count one operation, and warn when warnings were asked for."""
        if speaks_pandas(layout):
            return  # the library's own method ran
        self[operation] += 1
        if self.warn:
            warnings.warn(f"{operation} went from the {layout} layout through pandas.", FallbackWarning, stacklevel=4)


def to_pandas(value: Any) -> Any:
    """Give the pandas form of an argument: facade objects are converted, also inside lists, tuples and dicts."""
    if isinstance(value, Passing):
        return value._held()
    kind = type(value)
    if kind is list:
        return [to_pandas(item) for item in value]
    if kind is tuple:
        return tuple(to_pandas(item) for item in value)
    if kind is dict:
        return {key: to_pandas(item) for key, item in value.items()}
    return value


def column_layout(series: Any, layout: str) -> Any:
    """Hold a pandas Series in a layout, in the numpy layout when it is for one row, or in the pandas layout."""
    if layout != "pandas" and not _tagged(series):
        frame = frame_class(layout)
        from litsdf.layouts.columnar import default_labels

        try:
            return frame.column_class.from_pandas(series, default_labels(series.index))
        except NotNative:
            pass
        if layout == "record":
            return column_layout(series, "numpy")
    return frame_class("pandas").column_class(series)


def _tagged(held: Any) -> bool:
    """Whether a pandas object has attributes or flags of its own, which only the pandas layout keeps."""
    return bool(held.attrs) or not held.flags.allows_duplicate_labels


def frame_layout(frame: Any, layout: str) -> Any:
    """Hold a pandas DataFrame in a layout, in the numpy layout when it is for one row, or in the pandas layout."""
    if layout != "pandas" and not _tagged(frame):
        try:
            return frame_class(layout).from_pandas(frame)
        except NotNative:
            pass
        if layout == "record":
            return frame_layout(frame, "numpy")
        if layout in {"numpy", "polars", "dask"}:
            from litsdf.structure.grid import Grid

            grid = Grid.from_pandas(frame, "polars" if layout == "dask" else layout)
            return frame_class(layout).held(grid) if layout == "dask" else grid
    return frame_class("pandas")(frame)


def from_pandas(result: Any, layout: str, fallbacks: Fallbacks | None) -> Any:
    """Give the facade form of a result of pandas; what is neither table nor column stays as it is."""
    import pandas as pd

    plug_in = pandas_like_of(result)
    if plug_in is not None:
        result = _from_library(result, plug_in, layout, fallbacks)
    if isinstance(result, pd.Series):
        from litsdf.series import Series

        return Series._of(column_layout(result, layout), fallbacks)
    if isinstance(result, pd.DataFrame):
        from litsdf.frame import DataFrame

        return DataFrame._of(frame_layout(result, layout), fallbacks)
    if type(result) is tuple:
        return tuple(from_pandas(item, layout, fallbacks) for item in result)
    if hasattr(result, "_selected_obj") or type(result).__name__.endswith("Accessor"):
        return Delegate(result, layout, fallbacks)
    return result


def _from_library(result: Any, plug_in: Any, layout: str, fallbacks: Fallbacks | None) -> Any:
    """Wrap what a library that speaks pandas gave; a table that belongs to another layout becomes one of pandas."""
    held = plug_in.held_form(result)
    if held is None:
        plain = plug_in.as_plain(result)
        return Delegate(plain, layout, fallbacks) if plug_in.made(plain) else plain
    if plug_in.layout != layout:
        return held.to_pandas()
    from litsdf.frame import DataFrame
    from litsdf.series import Series

    return (DataFrame if isinstance(held, plug_in) else Series)._of(held, fallbacks)


class Passing:
    """Base of the facade classes: knows its layout, and how to run a pandas method on what it holds."""

    __slots__ = ()
    if TYPE_CHECKING:  # the slot itself is in the classes below

        @property
        def _fallbacks(self) -> Fallbacks | None: ...

        @_fallbacks.setter
        def _fallbacks(self, value: Fallbacks | None) -> None: ...

    @property
    def layout(self) -> str:
        """Name of the layout that holds the values."""
        raise NotImplementedError

    @property
    def fallbacks(self) -> Fallbacks:
        """How often each operation went through pandas; set `.warn = True` on it to be warned each time."""
        if self._fallbacks is None:
            self._fallbacks = Fallbacks()
        return self._fallbacks

    def _held(self) -> Any:
        """The values as pandas holds them; they may share memory with this object, so nobody may change them."""
        raise NotImplementedError

    def _changeable(self) -> Any:
        """The values as pandas holds them, to be changed."""
        return self._held().copy(deep=self.layout != "pandas")

    def to_pandas(self) -> Any:
        """Give the values as pandas holds them, to keep and to change."""
        return self._changeable()

    def _replace_by(self, held: Any) -> None:
        """Hold another pandas object from now on: how a method with `inplace=True` changes this one."""
        raise NotImplementedError

    def _through_pandas(self, name: str, call: Callable[[Any], Any]) -> Any:
        """Run a call on the pandas form of this object and bring the result back to this layout."""
        layout = self.layout
        if layout != "pandas":
            self.fallbacks.note(name, layout)
        return from_pandas(call(self._held()), layout, self._fallbacks)

    def _lazy(self) -> bool:
        """Whether the values are not computed yet."""
        held = getattr(self, "_table", None)
        return hasattr(getattr(self, "_column", None) if held is None else held, "collected")

    def _moved(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Answer a method that moves rows and columns in the layout; NOT_MOVED when it is left to pandas."""
        if self.layout == "record":
            from litsdf.one_row import answer_one_row

            try:
                return answer_one_row(self, name, args, options)
            except NotNative:
                return NOT_MOVED
        if self.layout not in {"numpy", "polars"}:
            return NOT_MOVED
        from litsdf.structure.calls import answer

        try:
            return answer(self, name, args, options)
        except NotNative:
            return NOT_MOVED

    def _run_pandas(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Run the method of this name where rows and columns are only moved, else the one of pandas.

        There it runs on a copy that replaces this object when it is changed in place.
        """
        options = {key: value for key, value in options.items() if value is not NOT_MOVED}
        if self._lazy():
            from litsdf.gathered import gathered, in_memory
            from litsdf.in_portions import in_portions

            try:
                return in_portions(self, name, args, options)
            except NotNative:
                pass
            given, named = in_memory(args), in_memory(options)
            return gathered(self, lambda computed: getattr(computed, name)(*given, **named))
        if self.layout == "trace":
            from litsdf.compiling.recording import recorded

            return recorded(self, name, args, options)
        found = self._moved(name, args, options)
        if found is not NOT_MOVED:
            return found
        args, options = to_pandas(args), to_pandas(options)
        if options.get("inplace") is True or name in _CHANGING:
            held = self._changeable()
            result = getattr(held, name)(*args, **options)
            if self.layout != "pandas":
                self.fallbacks.note(name, self.layout)
            layout = self.layout
            self._replace_by(held)
            if result is held:
                return self
            return None if result is None else from_pandas(result, layout, self._fallbacks)
        return self._through_pandas(name, lambda held: getattr(held, name)(*args, **options))


_CHANGING = frozenset({"insert", "isetitem", "pop", "update"})
"""Methods that change their object without being asked by `inplace=True`."""


class through_pandas:  # noqa: N801  (reads as a statement: `autocorr = through_pandas()`)
    """Mark a method or property of the facade that every layout leaves to pandas; listed in the completeness table."""

    def __init__(self, *, is_property: bool = False) -> None:
        self.is_property = is_property

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.__doc__ = f"See `pandas.{owner.__name__}.{name}`; every layout goes through pandas."

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        name = self.name
        if self.is_property:
            if instance._lazy():
                from litsdf.gathered import gathered

                return gathered(instance, lambda computed: getattr(computed, name))
            found = instance._moved(name, (), {})
            if found is not NOT_MOVED:
                return found
            return instance._through_pandas(name, lambda held: getattr(held, name))

        def method(*args: Any, **options: Any) -> Any:
            return instance._run_pandas(name, args, options)

        method.__name__ = name
        method.__doc__ = self.__doc__
        return method

    def __call__(self, instance: Any, *args: Any, **options: Any) -> Any:
        """Call the method as a function, `Series.rank(column)`, which is how it is given to `apply` and `transform`."""
        return getattr(instance, self.name)(*args, **options)


class Delegate:
    """A pandas helper object (groups, a window) whose results come back in the layout they started from."""

    __slots__ = ("_fallbacks", "_held", "_layout")

    def __init__(self, held: Any, layout: str, fallbacks: Fallbacks | None) -> None:
        self._held = held
        self._layout = layout
        self._fallbacks = fallbacks

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self._held, name)
        if callable(found) and not hasattr(found, "_selected_obj"):

            def method(*args: Any, **options: Any) -> Any:
                result = found(*to_pandas(args), **to_pandas(options))
                return from_pandas(result, self._layout, self._fallbacks)

            return method
        return from_pandas(found, self._layout, self._fallbacks)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the object itself, as in `df.plot(x="day")`."""
        result = self._held(*to_pandas(args), **to_pandas(options))
        return from_pandas(result, self._layout, self._fallbacks)

    def __getitem__(self, key: Any) -> Any:
        return from_pandas(self._held[key], self._layout, self._fallbacks)

    def __iter__(self) -> Any:
        for item in self._held:
            yield from_pandas(item, self._layout, self._fallbacks)

    def __len__(self) -> int:
        return len(self._held)
