"""A model in one file: a zip of the pipelines' own files and a manifest with the hash of each."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import secrets
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from litmus.bundle_code import own_sources
from litmus.bundle_format import MANIFEST, digest
from litmus.bundle_manifest import new_manifest, version_notes
from litmus.bundle_reader import read_manifest, unpack
from litmus.bundle_signature import signature
from litmus.compiling import compile_model
from litmus.data import Schema, Target
from litmus.errors import BundleError, LitmusError
from litmus.member import Member
from litmus.model import Model
from litmus.pipeline.shared_steps import load_pipelines
from litmus.runtime.background import read_background, write_background
from litmus.stacker import Stacker
from litmus.state import load_component, save_component

__all__ = ["check_target", "load", "read_manifest", "save_bundle"]

_BLOCK = 1 << 20
_LEVEL = 3
_LARGE = 4 * _BLOCK
"""Bytes from which on a file is compressed at the lowest level: twice as fast, and a tenth larger."""
_WORTH_COMPRESSING = 0.9
_STACKER = "stacker"
_CODE = "code"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def save_bundle(
    model: Model, path: str | Path, *, sign: str | bytes | None = None, compiled: bool | None = True
) -> Path:
    """Write `model` into the file `path`; what `Model.save` does.

    The model is compiled for inference first. The file appears in one step: it is written beside its place and then moved
    there.

    Args:
        model: the model.
        path: the file.
        sign: a key to sign the bundle with, of which `load(..., verify=key)` asks.
        compiled: whether it is; without, which takes much less time, `litmus.runtime.load` answers by the libraries that
            trained the model. None: only where it holds code of its maker's own.

    Raises:
        BundleError: when the path is a folder or another kind of file, or cannot be written.
        ParameterError: when the key is too short.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> save_bundle(run.best, f"{tempfile.mkdtemp()}/model.litmus").name
        'model.litmus'
    """
    target = Path(path).expanduser()
    check_target(target)
    with tempfile.TemporaryDirectory(prefix="litmus-save-") as staged:
        folder = Path(staged)
        pickled = _write_parts(model, folder)
        copy = compile_model(model) if compiled or (compiled is None and pickled) else None
        if copy is not None:
            copy.save(folder)
        _write_sources(model, folder)
        write_background(model.background, folder)
        manifest = new_manifest(model, copy, needs_trust=pickled, created=dt.datetime.now(dt.UTC))
        with (
            _replacing(target) as partial,
            zipfile.ZipFile(partial, "x", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as file,
        ):
            members: dict[str, Any] = {}
            copies: dict[str, str] = {}
            first: dict[tuple[str, int], str] = {}
            sources = sorted(member for member in folder.rglob("*") if member.is_file())
            sizes = Counter(source.stat().st_size for source in sources)
            for source in sources:
                name, alone = source.relative_to(folder).as_posix(), sizes[source.stat().st_size] == 1
                content = None if alone else _content(source)
                if content in first:  # such as the same fitted encoder in several pipelines
                    copies[name] = first[content]
                    continue
                if content is not None:
                    first[content] = name
                members[name] = _add(file, source, name)
            manifest["members"], manifest["copies"] = members, copies
            manifest["sha256"] = digest(manifest)
            manifest["signature"] = None if sign is None else signature(manifest, sign)
            file.writestr(_entry(MANIFEST), json.dumps(manifest, allow_nan=False, indent=1))
    return target


def load(
    path: str | Path,
    trust: bool = False,  # noqa: FBT001, FBT002 - litmus.load(path, True) is clear enough
    *,
    verify: str | bytes | None = None,
) -> Model:
    """Read a model from a bundle.

    Every byte is checked against the manifest's hashes before any of it is opened.

    Args:
        path: the file that `Model.save` wrote.
        trust: allow the bundle to contain pickled code of its maker's own, which can do anything on this machine.
        verify: the key that the bundle must be signed with.

    Raises:
        BundleError: when there is no such file, it is no bundle, is damaged or altered, is not signed with the key, was made
            by a newer version of Litmus, for another version of Python, or needs trust that was not given.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> path = run.best.save(f"{tempfile.mkdtemp()}/model.litmus")
        >>> litmus.load(path).predict({"size": 50}) == run.best.predict({"size": 50})
        True
    """
    if not isinstance(path, str | Path):
        raise BundleError(f"A {type(path).__name__} is no path; give the path of a model that save() wrote.")
    source = Path(path).expanduser()
    with tempfile.TemporaryDirectory(prefix="litmus-load-") as unpacked:
        folder = Path(unpacked)
        manifest = unpack(source, folder, allow_pickles=trust, verify=verify)
        try:
            return _read_parts(manifest, folder, trust=trust)
        except LitmusError as error:
            raise BundleError(f"{source.name}: {error}") from error
        except Exception as error:
            raise BundleError(
                f"{source.name} cannot be read ({type(error).__name__}: {error}). It was made by other versions of the "
                f"libraries it uses: {version_summary(manifest)}."
            ) from error


def version_summary(manifest: dict[str, Any]) -> str:
    """The versions a bundle was made with, in one line."""
    return ", ".join(f"{name} {version}" for name, version in manifest.get("packages", {}).items())


def _write_parts(model: Model, folder: Path) -> bool:
    """The pipelines and the postprocessing in folders of their own; True when something was pickled."""
    pickled = False
    for number, pipeline in enumerate(model.pipelines):
        part = folder / f"pipeline-{number:02d}"
        part.mkdir()
        pickled |= bool(pipeline.save(part))
    processors = {"postprocessing": model.postprocessing}
    processors |= {_adjusting(number): member.postprocessing for number, member in enumerate(model.members)}
    for name, parts in processors.items():
        for number, processor in enumerate(parts):
            part = folder / f"{name}-{number:02d}"
            part.mkdir()
            pickled |= save_component(processor, part)
    if model.stacker is not None:
        (folder / _STACKER).mkdir()
        pickled |= model.stacker.save(folder / _STACKER)
    return pickled


def _write_sources(model: Model, folder: Path) -> None:
    """The source of the user's own code, for people to read."""
    for name, text in own_sources(model).items():
        (folder / _CODE).mkdir(exist_ok=True)
        (folder / _CODE / name).write_text(text, encoding="utf-8", errors="replace")


def _read_parts(manifest: dict[str, Any], folder: Path, *, trust: bool) -> Model:
    count = int(manifest["pipelines"])
    pipelines = load_pipelines((folder / f"pipeline-{number:02d}" for number in range(count)), trust=trust)

    def processors(name: str, count: Any) -> tuple[Any, ...]:
        return tuple(load_component(folder / f"{name}-{number:02d}", trust=trust) for number in range(int(count)))

    return Model(
        [
            Member(
                tuple(pipelines[number] for number in member["pipelines"]),
                weight=float(member["weight"]),
                postprocessing=processors(_adjusting(place), member["postprocessing"]),
                name=str(member["name"]),
            )
            for place, member in enumerate(manifest.get("model_members", ()))
        ]
        or pipelines,  # what the first format has
        schema=Schema.from_json(manifest["schema"]),
        target=Target.from_json(manifest["target"]),
        postprocessing=processors("postprocessing", manifest["postprocessing"]),
        stacker=Stacker.load(folder / _STACKER, trust=trust) if manifest.get("stacker") else None,
        name=manifest["name"],
        metrics=manifest["metrics"],
        lineage=manifest["lineage"],
        version=manifest["version"],
        load_notes=version_notes(manifest["packages"]),
        background=read_background(folder),
    )


def _adjusting(place: int) -> str:
    """How the folders of a member's postprocessing begin."""
    return f"member-{place:02d}-postprocessing"


def check_target(target: Path) -> None:
    """Refuse a place that a model cannot be written to, before any work is done for it.

    Raises:
        BundleError: when it is a folder, in no folder, or another kind of file.
    """
    if target.is_dir():
        raise BundleError(f"{target} is a folder; give the name of a file, such as {target / 'model.litmus'}.")
    if not target.parent.is_dir():
        raise BundleError(f"The folder {target.parent} does not exist; make it first.")
    if target.exists():
        try:
            read_manifest(target, check=False)
        except BundleError:
            raise BundleError(
                f"{target} exists and is not a Litmus model, so it was left alone; give another name or remove it."
            ) from None


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A path beside `target` that takes its place when all went well, and is removed when not."""
    partial = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise BundleError(f"{target} cannot be written: {error.strerror or error}. Nothing was left there.") from error
    finally:
        partial.unlink(missing_ok=True)


def _entry(name: str, source: Path | None = None) -> zipfile.ZipInfo:
    """A member without a time or owner of its own: the same model gives the same bytes."""
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED if source is None or _shrinks(source) else zipfile.ZIP_STORED
    entry._compresslevel = _LEVEL if source is None or source.stat().st_size < _LARGE else 1  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way to say it for a stream
    entry.external_attr = 0o644 << 16
    return entry


def _shrinks(source: Path) -> bool:
    """Whether compressing a file is worth its time: a block in the middle tells of a large one."""
    size = source.stat().st_size
    if size < _BLOCK:
        return True
    with source.open("rb") as stream:
        stream.seek(size // 2)
        block = stream.read(_BLOCK // 4)
    return len(zlib.compress(block, 1)) < _WORTH_COMPRESSING * len(block)


def _content(source: Path) -> tuple[str, int]:
    """The hash and size of a file."""
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), source.stat().st_size


def _add(file: zipfile.ZipFile, source: Path, name: str) -> dict[str, Any]:
    """Copy a file into the zip in blocks; returns its hash and size."""
    hashed, size = hashlib.sha256(), 0
    with source.open("rb") as stream, file.open(_entry(name, source), "w", force_zip64=True) as member:
        while block := stream.read(_BLOCK):
            hashed.update(block)
            member.write(block)
            size += len(block)
    return {"sha256": hashed.hexdigest(), "bytes": size}
