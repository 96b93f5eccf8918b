# ruff: noqa: SLF001, FBT001, FBT002, PLR0917  (friends read one another's values; pandas' own positional flags)
"""Text methods: `series.str`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.passing import to_pandas

if TYPE_CHECKING:
    from litsdf.series import Series

__all__ = ["StringMethods"]

_ABSENT: Any = object()


class through_str:  # noqa: N801  (reads as a statement)
    """Mark a text method that every layout leaves to pandas; listed in the completeness table."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.__doc__ = f"See `pandas.Series.str.{name}`; every layout goes through pandas."

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self

        def method(*args: Any, **options: Any) -> Any:
            return instance._through_pandas(self.name, args, options)

        return method


class StringMethods:
    """Text methods with pandas' names and meaning; a missing value stays missing, or is False in a test."""

    __slots__ = ("_series",)

    def __init__(self, series: Series) -> None:
        column = series._column
        if column.layout != "pandas" and column.dtype not in {"str", "opaque", "list"}:
            raise AttributeError("Can only use .str accessor with string values")
        if column.layout == "pandas":
            column.series.str  # noqa: B018  (raises what pandas raises for values that are no text)
        self._series = series

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self.slice(key.start, key.stop, key.step)
        return self.get(key)

    def _through_pandas(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        args, options = to_pandas(args), to_pandas(options)
        return self._series._through_pandas(f"str.{name}", lambda held: getattr(held.str, name)(*args, **options))

    def _native(self, name: str, call: Callable[[Any], Any], **parameters: Any) -> Any:
        series = self._series
        column = series._column
        if column.layout != "pandas":
            try:
                return series._new(column.elementwise(name, (), parameters))
            except NotNative:
                pass
        return series._through_pandas(name, call)

    def lower(self) -> Series:
        """Lower case."""
        return self._native("str.lower", lambda held: held.str.lower())

    def upper(self) -> Series:
        """Upper case."""
        return self._native("str.upper", lambda held: held.str.upper())

    def title(self) -> Series:
        """First letter of each word in upper case."""
        return self._native("str.title", lambda held: held.str.title())

    def capitalize(self) -> Series:
        """First letter in upper case, the rest in lower case."""
        return self._native("str.capitalize", lambda held: held.str.capitalize())

    def swapcase(self) -> Series:
        """Upper case for lower case and the reverse."""
        return self._native("str.swapcase", lambda held: held.str.swapcase())

    def strip(self, to_strip: str | None = None) -> Series:
        """Remove whitespace, or these characters, at both ends."""
        return self._native("str.strip", lambda held: held.str.strip(to_strip), to_strip=to_strip)

    def lstrip(self, to_strip: str | None = None) -> Series:
        """Remove whitespace, or these characters, at the start."""
        return self._native("str.lstrip", lambda held: held.str.lstrip(to_strip), to_strip=to_strip)

    def rstrip(self, to_strip: str | None = None) -> Series:
        """Remove whitespace, or these characters, at the end."""
        return self._native("str.rstrip", lambda held: held.str.rstrip(to_strip), to_strip=to_strip)

    def len(self) -> Series:
        """Number of characters."""
        return self._native("str.len", lambda held: held.str.len())

    def contains(self, pat: Any, case: bool = True, flags: int = 0, na: Any = _ABSENT, regex: bool = True) -> Series:
        """Whether a pattern is found."""
        if na is not _ABSENT:
            return self._through_pandas("contains", (pat,), {"case": case, "flags": flags, "na": na, "regex": regex})
        return self._native(
            "str.contains",
            lambda held: held.str.contains(pat, case=case, flags=flags, regex=regex),
            pat=pat, case=case, flags=flags, regex=regex,
        )  # fmt: skip

    def match(self, pat: Any, case: Any = _ABSENT, flags: Any = _ABSENT, na: Any = _ABSENT) -> Series:
        """Whether the start matches a pattern."""
        given = {"case": case, "flags": flags, "na": na}
        options = {name: value for name, value in given.items() if value is not _ABSENT}
        if options:
            return self._through_pandas("match", (pat,), options)
        return self._native("str.match", lambda held: held.str.match(pat), pat=pat, case=True, flags=0)

    def startswith(self, pat: Any, na: Any = _ABSENT) -> Series:
        """Whether the text starts with another text."""
        if na is not _ABSENT:
            return self._through_pandas("startswith", (pat,), {"na": na})
        return self._native("str.startswith", lambda held: held.str.startswith(pat), pat=pat)

    def endswith(self, pat: Any, na: Any = _ABSENT) -> Series:
        """Whether the text ends with another text."""
        if na is not _ABSENT:
            return self._through_pandas("endswith", (pat,), {"na": na})
        return self._native("str.endswith", lambda held: held.str.endswith(pat), pat=pat)

    def replace(
        self, pat: Any, repl: Any = None, n: int = -1, case: bool | None = None, flags: int = 0, regex: bool = False
    ) -> Series:
        """Replace a text or a pattern by another text."""
        return self._native(
            "str.replace",
            lambda held: held.str.replace(pat, repl, n=n, case=case, flags=flags, regex=regex),
            pat=pat, repl=repl, n=n, case=case, flags=flags, regex=regex,
        )  # fmt: skip

    def split(self, pat: Any = None, *, n: int = -1, expand: bool = False, regex: bool | None = None) -> Any:
        """Split into a list of texts."""
        return self._native(
            "str.split",
            lambda held: held.str.split(pat, n=n, expand=expand, regex=regex),
            pat=pat, n=n, expand=expand, regex=regex,
        )  # fmt: skip

    def get(self, i: Any) -> Series:
        """The character, or item, at a position."""
        return self._native("str.get", lambda held: held.str.get(i), i=i)

    def slice(self, start: int | None = None, stop: int | None = None, step: int | None = None) -> Series:
        """The characters from start up to stop."""
        return self._native(
            "str.slice", lambda held: held.str.slice(start, stop, step), start=start, stop=stop, step=step
        )

    def count(self, pat: Any, flags: int = 0) -> Series:
        """How often a pattern is found."""
        return self._native("str.count", lambda held: held.str.count(pat, flags), pat=pat, flags=flags)

    def find(self, sub: Any, start: int = 0, end: int | None = None) -> Series:
        """Position of a text, -1 when it is not there."""
        return self._native("str.find", lambda held: held.str.find(sub, start, end), sub=sub, start=start, end=end)

    def zfill(self, width: Any) -> Series:
        """Zeros before the text up to a width, after its sign."""
        return self._native("str.zfill", lambda held: held.str.zfill(width), width=width)

    def pad(self, width: Any, side: Any = "left", fillchar: Any = " ") -> Series:
        """A character beside the text up to a width."""
        return self._native(
            "str.pad", lambda held: held.str.pad(width, side, fillchar), width=width, side=side, fillchar=fillchar
        )

    def ljust(self, width: Any, fillchar: Any = " ") -> Series:
        """A character after the text up to a width."""
        return self.pad(width, "right", fillchar)

    def rjust(self, width: Any, fillchar: Any = " ") -> Series:
        """A character before the text up to a width."""
        return self.pad(width, "left", fillchar)

    def repeat(self, repeats: Any) -> Series:
        """The text so many times."""
        return self._native("str.repeat", lambda held: held.str.repeat(repeats), repeats=repeats)

    def removeprefix(self, prefix: Any) -> Series:
        """The text without a prefix."""
        return self._native("str.removeprefix", lambda held: held.str.removeprefix(prefix), prefix=prefix)

    def removesuffix(self, suffix: Any) -> Series:
        """The text without a suffix."""
        return self._native("str.removesuffix", lambda held: held.str.removesuffix(suffix), suffix=suffix)

    def isalnum(self) -> Series:
        """Whether all characters are letters or digits."""
        return self._native("str.isalnum", lambda held: held.str.isalnum())

    def isalpha(self) -> Series:
        """Whether all characters are letters."""
        return self._native("str.isalpha", lambda held: held.str.isalpha())

    def isdecimal(self) -> Series:
        """Whether all characters are decimal digits."""
        return self._native("str.isdecimal", lambda held: held.str.isdecimal())

    def isdigit(self) -> Series:
        """Whether all characters are digits."""
        return self._native("str.isdigit", lambda held: held.str.isdigit())

    def islower(self) -> Series:
        """Whether all letters are lower case."""
        return self._native("str.islower", lambda held: held.str.islower())

    def isnumeric(self) -> Series:
        """Whether all characters are numeric."""
        return self._native("str.isnumeric", lambda held: held.str.isnumeric())

    def isspace(self) -> Series:
        """Whether all characters are whitespace."""
        return self._native("str.isspace", lambda held: held.str.isspace())

    def istitle(self) -> Series:
        """Whether each word starts in upper case."""
        return self._native("str.istitle", lambda held: held.str.istitle())

    def isupper(self) -> Series:
        """Whether all letters are upper case."""
        return self._native("str.isupper", lambda held: held.str.isupper())

    casefold = through_str()
    cat = through_str()
    center = through_str()
    decode = through_str()
    encode = through_str()
    extract = through_str()
    extractall = through_str()
    findall = through_str()
    fullmatch = through_str()
    get_dummies = through_str()
    index = through_str()
    isascii = through_str()
    join = through_str()
    normalize = through_str()
    partition = through_str()
    rfind = through_str()
    rindex = through_str()
    rpartition = through_str()
    rsplit = through_str()
    slice_replace = through_str()
    translate = through_str()
    wrap = through_str()
