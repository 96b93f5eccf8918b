# ruff: noqa: SLF001, FBT001, FBT002, PLR0917  (friends read one another's values; pandas' own positional flags)
"""Text methods: `series.str`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.layouts.pandas import PandasColumn
from litsdf.passing import Passing, to_pandas

if TYPE_CHECKING:
    from litsdf.series import Series

__all__ = ["StringMethods"]

_ABSENT: Any = object()


class by_kernel:  # noqa: N801  (reads as a statement)
    """Mark a text method that pandas' kernels answer on the array, in every layout but pandas' own."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.__doc__ = f"See `pandas.Series.str.{name}`."

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self

        def method(*args: Any, **options: Any) -> Any:
            return instance._run(self.name, args, options)

        method.__name__ = self.name
        method.__doc__ = self.__doc__
        return method


class StringMethods:
    """Text methods with pandas' names and meaning; a missing value stays missing, or is False in a test."""

    __slots__ = ("_series",)

    def __init__(self, series: Series) -> None:
        column = series._column
        if isinstance(column, PandasColumn):
            column.series.str  # noqa: B018  (raises what pandas raises for values that are no text)
        elif column.dtype == "opaque":
            from litsdf.kernels.text import check_text

            check_text(column.data)
        elif column.dtype not in {"str", "list"}:
            raise AttributeError("Can only use .str accessor with string values")
        self._series = series

    def __iter__(self) -> Any:
        raise TypeError("'StringMethods' object is not iterable")

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__slots__:
            raise AttributeError(f"You cannot add any new attribute '{name}'")
        object.__setattr__(self, name, value)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self.slice(key.start, key.stop, key.step)
        return self.get(key)

    def _run(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Run a kernel of pandas on the array; what it declines goes through pandas."""
        series = self._series
        args = tuple(
            list(value) if isinstance(value, Iterator) else value for value in args
        )  # they can be read only once
        if series.layout != "pandas":
            try:
                return self._by_kernel(name, args, options)
            except NotNative:
                pass
        args, options = to_pandas(args), to_pandas(options)
        return series._through_pandas(f"str.{name}", lambda held: getattr(held.str, name)(*args, **options))

    def _by_kernel(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        series = self._series
        values = series._array()
        from litsdf.kernels.text import Held, Text

        kind: Any = Text
        text = kind(Held(values, series.name, series.index))
        if name == "cat":
            return self._cat(text, args, options)
        if any(isinstance(item, Passing) for item in (*args, *options.values())):
            args = tuple(item._array() if hasattr(item, "_array") else item for item in args)
        return self._of(getattr(text, name)(*args, **options))

    def _of(self, result: Any) -> Any:
        """Hold what a kernel made: a column, several columns, or a value."""
        from litsdf.kernels.text import Held, Table

        series = self._series
        if isinstance(result, Held):
            return series._of_array(result._values, result.name)
        if isinstance(result, Table):
            from litsdf.tabled import table_of_arrays

            return table_of_arrays(series, result.arrays, result.header, result.labels)
        if getattr(result, "ndim", 0):
            raise NotNative("a result of another kind")
        return result

    def _cat(self, text: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        given: dict[str, Any] = {**dict(zip(("others", "sep", "na_rep", "join"), args, strict=False)), **options}
        others, sep, na_rep = given.get("others"), given.get("sep"), given.get("na_rep")
        if others is None:
            return text.whole(sep, na_rep)
        from litsdf.series import Series

        listed = others if isinstance(others, list) and any(hasattr(item, "dtype") for item in others) else [others]
        columns = []
        for item in listed:
            values = self._series._operand(item)
            if isinstance(item, list) and all(isinstance(part, str) or part is None for part in item):
                values = Series(item, dtype=object, layout="numpy")._array()
            if getattr(values, "ndim", 0) != 1 or len(values) != len(self._series):
                raise NotNative("others of another form")
            columns.append(values)
        return self._of(text.joined(columns, sep, na_rep))

    def _native(self, name: str, parameters: dict[str, Any], options: dict[str, Any] | None = None) -> Any:
        """Answer in the layout; what it declines goes the other ways, with the options as pandas names them."""
        series = self._series
        column = series._column
        if column.layout != "pandas":
            try:
                return series._new(column.elementwise(f"str.{name}", (), parameters))
            except NotNative:
                pass
        return self._run(name, (), parameters if options is None else options)

    def lower(self) -> Series:
        """Lower case."""
        return self._native("lower", {})

    def upper(self) -> Series:
        """Upper case."""
        return self._native("upper", {})

    def title(self) -> Series:
        """First letter of each word in upper case."""
        return self._native("title", {})

    def capitalize(self) -> Series:
        """First letter in upper case, the rest in lower case."""
        return self._native("capitalize", {})

    def swapcase(self) -> Series:
        """Upper case for lower case and the reverse."""
        return self._native("swapcase", {})

    def strip(self, to_strip: str | None = None) -> Series:
        """Remove whitespace, or these characters, at both ends."""
        return self._native("strip", {"to_strip": to_strip})

    def lstrip(self, to_strip: str | None = None) -> Series:
        """Remove whitespace, or these characters, at the start."""
        return self._native("lstrip", {"to_strip": to_strip})

    def rstrip(self, to_strip: str | None = None) -> Series:
        """Remove whitespace, or these characters, at the end."""
        return self._native("rstrip", {"to_strip": to_strip})

    def len(self) -> Series:
        """Number of characters."""
        return self._native("len", {})

    def contains(self, pat: Any, case: bool = True, flags: int = 0, na: Any = _ABSENT, regex: bool = True) -> Series:
        """Whether a pattern is found."""
        parameters = {"pat": pat, "case": case, "flags": flags, "regex": regex}
        if na is not _ABSENT:
            return self._run("contains", (), {**parameters, "na": na})
        return self._native("contains", parameters)

    def match(self, pat: Any, case: Any = _ABSENT, flags: Any = _ABSENT, na: Any = _ABSENT) -> Series:
        """Whether the start matches a pattern."""
        given = {"pat": pat, "case": case, "flags": flags, "na": na}
        options = {name: value for name, value in given.items() if value is not _ABSENT}
        if len(options) > 1:
            return self._run("match", (), options)
        return self._native("match", {"pat": pat, "case": True, "flags": 0}, options)

    def startswith(self, pat: Any, na: Any = _ABSENT) -> Series:
        """Whether the text starts with another text."""
        if na is not _ABSENT:
            return self._run("startswith", (pat,), {"na": na})
        return self._native("startswith", {"pat": pat})

    def endswith(self, pat: Any, na: Any = _ABSENT) -> Series:
        """Whether the text ends with another text."""
        if na is not _ABSENT:
            return self._run("endswith", (pat,), {"na": na})
        return self._native("endswith", {"pat": pat})

    def replace(
        self, pat: Any, repl: Any = None, n: int = -1, case: bool | None = None, flags: int = 0, regex: bool = False
    ) -> Series:
        """Replace a text or a pattern by another text."""
        return self._native("replace", {"pat": pat, "repl": repl, "n": n, "case": case, "flags": flags, "regex": regex})

    def split(self, pat: Any = None, *, n: int = -1, expand: bool = False, regex: bool | None = None) -> Any:
        """Split into a list of texts."""
        return self._native("split", {"pat": pat, "n": n, "expand": expand, "regex": regex})

    def get(self, i: Any) -> Series:
        """The character, or item, at a position."""
        return self._native("get", {"i": i})

    def slice(self, start: int | None = None, stop: int | None = None, step: int | None = None) -> Series:
        """The characters from start up to stop."""
        return self._native("slice", {"start": start, "stop": stop, "step": step})

    def count(self, pat: Any, flags: int = 0) -> Series:
        """How often a pattern is found."""
        return self._native("count", {"pat": pat, "flags": flags})

    def find(self, sub: Any, start: int = 0, end: int | None = None) -> Series:
        """Position of a text, -1 when it is not there."""
        return self._native("find", {"sub": sub, "start": start, "end": end})

    def zfill(self, width: Any) -> Series:
        """Zeros before the text up to a width, after its sign."""
        return self._native("zfill", {"width": width})

    def pad(self, width: Any, side: Any = "left", fillchar: Any = " ") -> Series:
        """A character beside the text up to a width."""
        return self._native("pad", {"width": width, "side": side, "fillchar": fillchar})

    def ljust(self, width: Any, fillchar: Any = " ") -> Series:
        """A character after the text up to a width."""
        return self.pad(width, "right", fillchar)

    def rjust(self, width: Any, fillchar: Any = " ") -> Series:
        """A character before the text up to a width."""
        return self.pad(width, "left", fillchar)

    def center(self, width: Any, fillchar: Any = " ") -> Series:
        """A character on both sides of the text up to a width."""
        return self.pad(width, "both", fillchar)

    def repeat(self, repeats: Any) -> Series:
        """The text so many times."""
        return self._native("repeat", {"repeats": repeats})

    def removeprefix(self, prefix: Any) -> Series:
        """The text without a prefix."""
        return self._native("removeprefix", {"prefix": prefix})

    def removesuffix(self, suffix: Any) -> Series:
        """The text without a suffix."""
        return self._native("removesuffix", {"suffix": suffix})

    def isalnum(self) -> Series:
        """Whether all characters are letters or digits."""
        return self._native("isalnum", {})

    def isalpha(self) -> Series:
        """Whether all characters are letters."""
        return self._native("isalpha", {})

    def isdecimal(self) -> Series:
        """Whether all characters are decimal digits."""
        return self._native("isdecimal", {})

    def isdigit(self) -> Series:
        """Whether all characters are digits."""
        return self._native("isdigit", {})

    def islower(self) -> Series:
        """Whether all letters are lower case."""
        return self._native("islower", {})

    def isnumeric(self) -> Series:
        """Whether all characters are numeric."""
        return self._native("isnumeric", {})

    def isspace(self) -> Series:
        """Whether all characters are whitespace."""
        return self._native("isspace", {})

    def istitle(self) -> Series:
        """Whether each word starts in upper case."""
        return self._native("istitle", {})

    def isupper(self) -> Series:
        """Whether all letters are upper case."""
        return self._native("isupper", {})

    casefold = by_kernel()
    cat = by_kernel()
    decode = by_kernel()
    encode = by_kernel()
    extract = by_kernel()
    extractall = by_kernel()
    findall = by_kernel()
    fullmatch = by_kernel()
    get_dummies = by_kernel()
    index = by_kernel()
    isascii = by_kernel()
    join = by_kernel()
    normalize = by_kernel()
    partition = by_kernel()
    rfind = by_kernel()
    rindex = by_kernel()
    rpartition = by_kernel()
    rsplit = by_kernel()
    slice_replace = by_kernel()
    translate = by_kernel()
    wrap = by_kernel()
