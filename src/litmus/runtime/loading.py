"""From a bundle to a model compiled for inference."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litmus.bundle_reader import Unpacked, unpacking
from litmus.data.schema import Schema
from litmus.errors import BundleError, LitmusError
from litmus.runtime.background import BACKGROUND, read_background
from litmus.runtime.labels import Labels
from litmus.runtime.model import Facts, RuntimeModel
from litmus.runtime.stored import FOLDER, description_of_native, native_folders, read_description, read_scoring

__all__ = ["load"]


def load(
    path: str | Path,
    trust: bool = False,  # noqa: FBT001, FBT002 - as litmus.load
    *,
    threads: int = 1,
    verify: str | bytes | None = None,
) -> RuntimeModel:
    """Read a model compiled for inference from a bundle.

    Only what answers is read: for built-in steps and algorithms neither pandas nor any library that trains is imported.
    Every byte that is opened is checked against the manifest's hashes first.

    Args:
        path: the file that `Model.save` wrote.
        trust: allow parts that hold their maker's own code, which can do anything on this machine. Code that was traced
            into the compiled steps is none, and needs no trust.
        threads: threads for the prediction of one row.
        verify: the key that the bundle must be signed with (`Model.save(..., sign=key)`).

    Raises:
        BundleError: when there is no such file, it is no bundle, is damaged or altered, is not signed with the key, was
            made by a newer version of Litmus, for another version of Python, or needs trust that was not given.
        ParameterError: when `threads` or the key is not allowed.

    Example:
        >>> import litmus, litmus.runtime, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> path = run.best.save(f"{tempfile.mkdtemp()}/model.litmus")
        >>> model = litmus.runtime.load(path)
        >>> round(model.predict({"size": 50}), -1), model.notes
        (150.0, ())
    """
    if not isinstance(path, str | Path):
        raise BundleError(f"A {type(path).__name__} is no path; give the path of a model that save() wrote.")
    source = Path(path).expanduser()
    with unpacking(source, verify=verify) as bundle, tempfile.TemporaryDirectory(prefix="litmus-load-") as unpacked:
        folder = Path(unpacked)
        try:
            return _read(bundle, folder, trust=trust, threads=threads)
        except BundleError as error:
            if str(error).startswith(source.name) or str(source) in str(error):
                raise
            raise BundleError(f"{source.name}: {error}") from error
        except LitmusError:
            raise
        except ImportError as error:
            missing = error.name or str(error)
            raise BundleError(f"{source.name} needs the package {missing!r}, which is not installed here.") from error
        except Exception as error:
            needed = ", ".join(bundle.manifest.get("requirements") or ())
            raise BundleError(
                f"{source.name} cannot be read ({type(error).__name__}: {error}). It was made with: {needed}."
            ) from error


def _read(bundle: Unpacked, folder: Path, *, trust: bool, threads: int) -> RuntimeModel:
    manifest = bundle.manifest
    if manifest.get("runtime"):
        bundle.extract(folder, lambda name: name.startswith(f"{FOLDER}/"))
        held = read_description(folder)
    else:
        held = description_of_native(manifest)
    native = native_folders(held)
    if native:
        bundle.extract(folder, lambda name: name.partition("/")[0] in native)
        if any(bundle.holds_pickle(name) for name in native):
            bundle.allow_own_code(trust=trust)
    scoring = read_scoring(held, folder, trust=trust, threads=threads)
    bundle.extract(folder, lambda name: name == BACKGROUND)
    return RuntimeModel(_facts(manifest, read_background(folder)), scoring, Labels(manifest["target"]))


def _facts(manifest: Mapping[str, Any], background: tuple[dict[str, Any], ...]) -> Facts:
    compiled = manifest.get("runtime")
    older = ("Nothing in the bundle is compiled; save the model again, litmus.load(…).save(…), to have it compiled.",)
    return Facts(
        name=str(manifest["name"]),
        version=manifest["version"],
        schema=Schema.from_json(manifest["schema"]),
        sample=manifest["sample"],
        notes=tuple(compiled.get("notes", ())) if compiled else older,
        requirements=tuple(manifest.get("requirements") or ()),
        background=background,
    )
