"""The user's own code that a run was given: its source for people to read, and a pickle to run it again."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import io
import json
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType
from typing import Any, Self

from litmus.errors import BundleError
from litmus.recording.secrets import assigned_secrets, holds_secret, without_secrets
from litmus.state import pickled_by_value

__all__ = ["OwnCode", "OwnPart"]

_INDEX = "parts.json"
_LARGEST_MODULE = 1 << 20
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclasses.dataclass(frozen=True)
class OwnPart:
    """One function, class or object of the user's.

    Attributes:
        name: what it is called, with its module: "steps:add_ratio".
        kind: "function", "class" or "object".
        source: its source without secrets, or None where it is not at hand, as of what was typed into a console.
        sha256: of the source as it was; of the pickle where there is none.
        module_sha256: of the file that defines it, or None.
        pickle: the object, to be opened only by who trusts it; None where it could not be pickled or holds a secret.
        why_not: why there is no pickle; empty where there is one.
    """

    name: str
    kind: str
    source: str | None
    sha256: str
    module_sha256: str | None
    pickle: bytes | None
    why_not: str = ""

    def facts(self) -> dict[str, Any]:
        """What may stand in a record: everything but the source and the pickle."""
        return {
            "name": self.name,
            "kind": self.kind,
            "sha256": self.sha256,
            "module_sha256": self.module_sha256,
            "kept": self.pickle is not None,
            **({"why_not": self.why_not} if self.why_not else {}),
        }


class OwnCode:
    """The parts of a user's own code, by number, as one file.

    Example:
        >>> code = OwnCode()
        >>> number = code.add(lambda df: df)
        >>> code.parts[number].kind, OwnCode.from_bytes(code.to_bytes()).open(number, trust=True)(5)
        ('function', 5)
    """

    def __init__(self) -> None:
        self.parts: dict[int, OwnPart] = {}
        self.modules: dict[str, str] = {}
        """Name → text, without secrets, of the user's modules that define the parts."""
        self._known: dict[int, tuple[int, Any]] = {}
        self._opened: dict[int, Any] = {}

    def __bool__(self) -> bool:
        return bool(self.parts)

    def add(self, value: Any) -> int:
        """Keep an object; the same object gets the same number."""
        known = self._known.get(id(value))
        if known is None:
            number = len(self.parts) + 1
            self.parts[number] = self._part(value)
            self._known[id(value)] = known = (number, value)  # held, so that no other object gets its id
        return known[0]

    def open(self, number: int, *, trust: bool) -> Any:
        """The object of a number.

        Args:
            number: as `add` gave it.
            trust: whether its pickle may be opened, which can run anything.

        Raises:
            BundleError: when it must not or cannot be opened.
        """
        part = self.parts.get(number)
        if part is None:
            raise BundleError(f"The record of the run names part {number} of its own code, which was not kept with it.")
        if part.pickle is None:
            raise BundleError(f"{part.name} was not kept: {part.why_not or 'it could not be pickled'}.")
        if not trust:
            names = ", ".join(one.name for one in self.parts.values())
            raise BundleError(
                f"The run used code of its maker's own ({names}), and running it again can do anything on this machine. If "
                "you trust who wrote it, say so: trust=True, or --trust."
            )
        if number not in self._opened:
            import pickle

            try:
                self._opened[number] = pickle.loads(part.pickle)
            except Exception as error:
                raise BundleError(
                    f"{part.name} cannot be opened ({type(error).__name__}: {error}); it needs the Python and the packages "
                    "that the run was made with."
                ) from error
        return self._opened[number]

    def _part(self, value: Any) -> OwnPart:
        code = value if isinstance(value, FunctionType | type) else _code_of(value)
        source, module = _source(code), _module_text(code)
        written = assigned_secrets("\n".join(text for text in (source, module and module[1]) if text))
        data, why = _pickle(value, written)
        hashed = source if source is not None else (data or repr(value).encode())
        if module is not None and module[0] not in self.modules:
            self.modules[module[0]] = without_secrets(module[1])
        return OwnPart(
            name=f"{getattr(code, '__module__', None) or '__main__'}:{getattr(code, '__qualname__', type(value).__name__)}",
            kind=_kind(value),
            source=None if source is None else without_secrets(source),
            sha256=hashlib.sha256(hashed.encode() if isinstance(hashed, str) else hashed).hexdigest(),
            module_sha256=None if module is None else hashlib.sha256(module[1].encode()).hexdigest(),
            pickle=data,
            why_not=why,
        )

    def facts(self) -> list[dict[str, Any]]:
        """What may stand in a record, by number from 1."""
        return [part.facts() for part in self.parts.values()]

    def to_bytes(self) -> bytes:
        """All parts as a zip file: sources for people, pickles beside them."""
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
            index: dict[str, Any] = {"parts": {}, "modules": {}}
            for number, part in self.parts.items():
                entry: dict[str, Any] = part.facts()
                stem = f"{number:03d}-{_file_name(part.name)}"
                for ending, content in (("py", part.source), ("pkl", part.pickle)):
                    if content is not None:
                        entry[ending] = f"{stem}.{ending}"
                        file.writestr(zipfile.ZipInfo(entry[ending], _ZIP_TIME), content)
                index["parts"][str(number)] = entry
            for name, text in self.modules.items():
                index["modules"][name] = f"modules/{_file_name(name)}.py"
                file.writestr(zipfile.ZipInfo(index["modules"][name], _ZIP_TIME), text)
            file.writestr(zipfile.ZipInfo(_INDEX, _ZIP_TIME), json.dumps(index, indent=1))
        return written.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; nothing is unpickled.

        Raises:
            BundleError: when it is damaged.
        """
        code = cls()
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                index = json.loads(file.read(_INDEX))
                for number, entry in index["parts"].items():
                    code.parts[int(number)] = OwnPart(
                        name=entry["name"],
                        kind=entry["kind"],
                        source=file.read(entry["py"]).decode() if "py" in entry else None,
                        sha256=entry["sha256"],
                        module_sha256=entry["module_sha256"],
                        pickle=file.read(entry["pkl"]) if "pkl" in entry else None,
                        why_not=entry.get("why_not", ""),
                    )
                code.modules = {name: file.read(place).decode() for name, place in index["modules"].items()}
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError) as error:
            raise BundleError(f"The kept code of the run is damaged ({type(error).__name__}: {error}).") from error
        return code

    def sources(self) -> Mapping[str, str]:
        """Name → source of each part that has one."""
        return {part.name: part.source for part in self.parts.values() if part.source is not None}


def _code_of(value: Any) -> Any:
    """What defines an object: the function behind a metric, else its class."""
    definition = getattr(value, "definition", None)
    function = getattr(definition, "function", None)
    return type(value) if function is None else function


def _kind(value: Any) -> str:
    if isinstance(value, type):
        return "class"
    return "function" if isinstance(value, FunctionType) else "object"


def _source(code: Any) -> str | None:
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):
        return None


def _module_text(code: Any) -> tuple[str, str] | None:
    """Name and text of the file that defines some code."""
    module = sys.modules.get(getattr(code, "__module__", ""))
    file = getattr(module, "__file__", None)
    if module is None or file is None or not file.endswith(".py"):
        return None
    try:
        path = Path(file)
        if path.stat().st_size > _LARGEST_MODULE:
            return None
        return module.__name__, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _pickle(value: Any, secrets: set[str]) -> tuple[bytes | None, str]:
    """The object as a pickle, or why there is none; it must hold none of these secrets, which its source gives names to."""
    try:
        data = pickled_by_value(value)
    except BundleError as error:
        return None, str(error).rstrip(".")
    if holds_secret(data) or any(secret.encode() in data for secret in secrets):
        return (
            None,
            "it holds what looks like a password or a key, which is never kept; let it read that from the environment",
        )
    return data, ""


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.]+", "_", name).strip("._")[:80] or "code"
