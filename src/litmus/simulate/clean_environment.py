"""A folder of installed packages that has what a bundle requires, and nothing else."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import importlib.metadata
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

__all__ = ["Closure", "closure_of", "install"]

_OWN = ("litmus", "litsdf")


@dataclasses.dataclass(frozen=True)
class Closure:
    """What has to be installed for some requirements.

    Attributes:
        packages: name → version of every distribution, in alphabetical order.
        needs: name → the distributions it requires itself.
        missing: requirements that are not installed here, as "name==version".
        other_versions: sentences on those that are installed in another version than is required.
    """

    packages: dict[str, str]
    needs: dict[str, tuple[str, ...]]
    missing: tuple[str, ...]
    other_versions: tuple[str, ...]

    def reached_from(self, names: Iterable[str]) -> set[str]:
        """These packages and all that they require."""
        found, waiting = set(), [name for name in names if name in self.packages]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.needs[name]
        return found


def closure_of(requirements: Sequence[str]) -> Closure:
    """The installed distributions that satisfy `requirements`, with all that they require themselves.

    Litmus is taken for granted, and what its other parts require is not: a server needs only what the bundle names.

    Example:
        >>> closure_of(["starlette"]).missing
        ()
    """
    packages: dict[str, str] = {}
    needs: dict[str, tuple[str, ...]] = {}
    missing: dict[str, None] = {}
    other: list[str] = []
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [parsed for text in requirements if (parsed := _parsed(text)) is not None]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in _OWN or (name, frozenset(wanted.extras)) in seen:
            continue
        seen.add((name, frozenset(wanted.extras)))
        try:
            found = importlib.metadata.distribution(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            missing[f"{name}{wanted.specifier}"] = None
            continue
        if not wanted.specifier.contains(found.version, prereleases=True):
            other.append(f"{name}{wanted.specifier} is required, and {found.version} is installed here")
        packages[name] = found.version
        required = _required(found, wanted.extras)
        needs[name] = tuple(dict.fromkeys([*needs.get(name, ()), *(canonicalize_name(each.name) for each in required)]))
        waiting += required
    kept = {name: tuple(each for each in needs[name] if each in packages) for name in packages}
    return Closure(dict(sorted(packages.items())), kept, tuple(missing), tuple(other))


def _parsed(text: str) -> Requirement | None:
    """The requirement, or None where its marker says that it is for another system or extra."""
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        return None
    if parsed.marker is not None and not parsed.marker.evaluate({**_marker_values(), "extra": ""}):
        return None
    return parsed


def _required(distribution: importlib.metadata.Distribution, extras: Iterable[str]) -> list[Requirement]:
    found = []
    for text in distribution.requires or ():
        try:
            parsed = Requirement(text)
        except InvalidRequirement:
            continue  # as pip did when it installed the package
        values = [{**_marker_values(), "extra": extra} for extra in ("", *extras)]
        if parsed.marker is None or any(parsed.marker.evaluate(value) for value in values):
            found.append(parsed)
    return found


def _marker_values() -> dict[str, str]:
    return {name: str(value) for name, value in default_environment().items()}


def install(closure: Closure, folder: Path) -> int:
    """Put the files of the packages and of Litmus into `folder`, by hard link where the system can; returns their bytes."""
    size = sum(_linked_tree(source, folder) for source in _own_sources())
    for name in closure.packages:
        distribution = importlib.metadata.distribution(name)
        files = _recorded(distribution)
        if files:
            size += _linked(files, folder)
        else:  # installed for editing: its code stays where it is written
            size += sum(_linked_tree(source, folder) for source in _sources(distribution))
    return size


def _recorded(distribution: importlib.metadata.Distribution) -> dict[str, Path]:
    """Path inside the folder of packages → file, of the distribution's code and data; empty when it lists no code."""
    root = Path(str(distribution.locate_file("")))
    found = {}
    for row in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
        name = row[0] if row else ""
        if name and not name.startswith(("/", "..")):
            found[name] = root / name
    code = [name for name in found if not PurePosixPath(name).parts[0].endswith((".dist-info", ".pth"))]
    return found if any(not name.startswith("__editable__") for name in code) else {}


def _own_sources() -> list[Path]:
    import litmus
    import litsdf

    return [Path(str(package.__file__)).parent for package in (litmus, litsdf)]


def _sources(distribution: importlib.metadata.Distribution) -> list[Path]:
    """The folders and files of the modules that a distribution for editing provides."""
    import importlib.util

    found = []
    for name in (distribution.read_text("top_level.txt") or distribution.metadata["Name"]).split():
        spec = importlib.util.find_spec(name.replace("-", "_"))
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            found.append(origin.parent if origin.name == "__init__.py" else origin)
    return found


def _linked_tree(source: Path, folder: Path) -> int:
    """A package's folder, or a module's file, with its compiled files."""
    if source.is_file():
        return _linked({source.name: source}, folder)
    files = {}
    for place, _, names in os.walk(source):
        inside = Path(source.name) / Path(place).relative_to(source)
        files.update({(inside / name).as_posix(): Path(place, name) for name in names})
    return _linked(files, folder)


def _linked(files: Mapping[str, Path], folder: Path) -> int:
    made: set[str] = set()
    size = 0
    for name, source in files.items():
        target = f"{folder}/{name}"
        parent = target.rpartition("/")[0]
        if parent not in made:
            os.makedirs(parent, exist_ok=True)  # noqa: PTH103 - thousands of files: strings are quicker than paths
            made.add(parent)
        with contextlib.suppress(FileNotFoundError, FileExistsError):  # such as compiled files that were removed
            try:
                os.link(source, target)
            except FileExistsError:
                raise
            except OSError:
                shutil.copy2(source, target)
            size += os.stat(target).st_size  # noqa: PTH116
    return size
