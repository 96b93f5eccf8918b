"""Litmus itself as a wheel: made from the installed code, without a network and without a build tool."""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from pathlib import Path

__all__ = ["write_wheel"]

_PACKAGES = ("litmus", "litsdf")
_TIME = (1980, 1, 1, 0, 0, 0)  # the same code gives the same bytes, so that an image's layer is kept
_NOT_CODE = (".pyc", ".pyo")


def write_wheel(folder: Path) -> Path:
    """Write `litmus-VERSION-py3-none-any.whl` with the code of litmus and litsdf that is running.

    It names no requirements: what a server needs is pinned beside it, and what training needs is not wanted there.

    Args:
        folder: where it is written.

    Returns:
        The wheel.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> write_wheel(Path(tempfile.mkdtemp())).name
        'litmus-0.1.0-py3-none-any.whl'
    """
    import litmus

    information = f"litmus-{litmus.__version__}.dist-info"
    contents = {name: file.read_bytes() for name, file in sorted(_sources().items())}
    contents[f"{information}/METADATA"] = _metadata(litmus.__version__).encode()
    contents[f"{information}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: litmus\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    contents[f"{information}/top_level.txt"] = "".join(f"{name}\n" for name in _PACKAGES).encode()
    lines = [f"{name},sha256={_hash(content)},{len(content)}" for name, content in contents.items()]
    contents[f"{information}/RECORD"] = "\n".join([*lines, f"{information}/RECORD,,", ""]).encode()
    path = folder / f"litmus-{litmus.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return path


def _sources() -> dict[str, Path]:
    """Name in the wheel → file, of everything in the packages but compiled files."""
    found = {}
    for package in _PACKAGES:
        root = Path(str(__import__(package).__file__)).parent
        for place, _, names in os.walk(root):
            for name in names:
                file = Path(place, name)
                if file.suffix not in _NOT_CODE and "__pycache__" not in file.parts:
                    found[(Path(package) / file.relative_to(root)).as_posix()] = file
    return found


def _metadata(version: str) -> str:
    return (
        f"Metadata-Version: 2.1\nName: litmus\nVersion: {version}\n"
        "Summary: Litmus as it travels with a model: what it needs is in the requirements.txt beside it.\n"
        "License: Apache-2.0\nRequires-Python: >=3.11\n"
    )


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
