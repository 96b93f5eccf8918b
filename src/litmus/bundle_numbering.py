"""A bundle under another version: the same files, and a manifest that says the new one."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from litmus.bundle_format import MANIFEST, digest
from litmus.bundle_reader import unpacking
from litmus.errors import BundleError

__all__ = ["with_version"]


def with_version(source: Path, target: Path, version: str) -> None:
    """Write a copy of a bundle that has another version.

    Args:
        source: the bundle, which is checked.
        target: where there is no file yet.
        version: such as "adult-3".

    Raises:
        BundleError: when the bundle is damaged, or signed: who signed it signed its version too.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> folder = Path(tempfile.mkdtemp())
        >>> with_version(run.best.save(folder / "model.litmus"), folder / "copy.litmus", "price-7")
        >>> litmus.load(folder / "copy.litmus").version
        'price-7'
    """
    with unpacking(source) as bundle:
        manifest = dict(bundle.manifest)
    if manifest.get("signature") is not None:
        raise BundleError(
            f"{source} is signed as version {manifest.get('version')!r}, which is taken here; have it signed without a version, or "
            "open it by its path."
        )
    manifest["version"] = version
    manifest["sha256"] = digest(manifest)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for entry in old.infolist():
            if entry.filename == MANIFEST:
                continue
            with old.open(entry) as member, new.open(_same(entry), "w", force_zip64=True) as written:
                shutil.copyfileobj(member, written, 1 << 20)
        entry = zipfile.ZipInfo(MANIFEST, old.getinfo(MANIFEST).date_time)
        entry.compress_type = zipfile.ZIP_DEFLATED
        new.writestr(entry, json.dumps(manifest, allow_nan=False, indent=1))


def _same(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """An entry as another one was packed."""
    copy = zipfile.ZipInfo(entry.filename, entry.date_time)
    copy.compress_type, copy.external_attr = entry.compress_type, entry.external_attr
    return copy
