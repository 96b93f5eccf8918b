"""Wheels of the distributions installed here, in a folder that pip takes for an index: tests fetch nothing."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import zipfile
from pathlib import Path, PurePosixPath

_MADE_BY_PIP = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def write_index(names: list[str], folder: Path) -> None:
    for name in names:
        _write_wheel(importlib.metadata.distribution(name), folder)


def _write_wheel(distribution: importlib.metadata.Distribution, folder: Path) -> None:
    root = Path(str(distribution.locate_file("")))
    tag = next(line for line in distribution.read_text("WHEEL").splitlines() if line.startswith("Tag:"))
    name = distribution.metadata["Name"].replace("-", "_").replace(".", "_")
    wheel = folder / f"{name}-{distribution.version}-{tag.removeprefix('Tag:').strip()}.whl"
    record, information = [], ""
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as file:
        for row in csv.reader(distribution.read_text("RECORD").splitlines()):
            path = PurePosixPath(row[0])
            if path.parts[0] == ".." or "__pycache__" in path.parts or path.name in _MADE_BY_PIP:
                information = path.parts[0] if path.name == "RECORD" else information
                continue
            content = (root / path).read_bytes()
            hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{path},sha256={hashed},{len(content)}")
            file.writestr(str(path), content)
        file.writestr(f"{information}/RECORD", "\n".join([*record, f"{information}/RECORD,,", ""]))
