"""What the store knows of a model without opening it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["ModelRecord"]

_FILE = "record.json"


@dataclasses.dataclass(frozen=True)
class ModelRecord:
    """One stored model.

    Attributes:
        version: its name and number, "adult-3"; unique in a store.
        name: what the model is called, "adult".
        run: the id of the run that made it, or None.
        created: when it was stored (ISO 8601, UTC).
        metrics: split → metric → value.
        path: the model's file.
        sha256: the hash of the file, as it was kept; None of records that earlier versions of the program wrote.
        before: the hash of the file that it is about to take the place of, once it was compiled.
        bytes: the file's length.
    """

    version: str
    name: str
    run: str | None
    created: str
    metrics: Mapping[str, Any]
    path: Path
    sha256: str | None = None
    before: str | None = None
    bytes: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON values."""
        return {
            "version": self.version,
            "name": self.name,
            "run": self.run,
            "created": self.created,
            "metrics": _finite(self.metrics),
            "path": str(self.path),
        }

    def write(self, folder: Path) -> None:
        """Write the record into a version's folder, in one step: a version without a record does not count."""
        values = {name: value for name, value in self.to_json().items() if name != "path"}
        file = {"file": self.path.name, "sha256": self.sha256, "before": self.before, "bytes": self.bytes}
        partial = folder / f".{_FILE}.part"
        partial.write_text(json.dumps({**values, **file}, indent=1), encoding="utf-8")
        partial.replace(folder / _FILE)

    @classmethod
    def read(cls, folder: Path) -> ModelRecord | None:
        """The record of a version's folder; None when it is not written yet.

        Raises:
            ValueError: when the record is damaged or its model is gone.
        """
        try:
            text = (folder / _FILE).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        values = json.loads(text)
        if not isinstance(values, dict):
            raise TypeError("it holds no JSON object")
        file = values.get("file")
        if not isinstance(file, str) or Path(file).name != file:
            raise ValueError("it names no model file")
        if values.get("version") != folder.name or not isinstance(values.get("name"), str):
            raise ValueError(f"it is not the record of {folder.name}")
        if not isinstance(values.get("metrics"), dict) or not isinstance(values.get("run"), str | None):
            raise TypeError("it has no metrics or run")
        dt.datetime.fromisoformat(values.get("created", ""))
        if not (folder / file).is_file():
            raise ValueError(f"its model {file} is gone")
        if not isinstance(values.get("sha256"), str | None) or not isinstance(values.get("before"), str | None):
            raise TypeError("its hash is no text")
        return cls(
            version=values["version"],
            name=values["name"],
            run=values["run"],
            created=values["created"],
            metrics=values["metrics"],
            path=folder / file,
            sha256=values.get("sha256"),
            before=values.get("before"),
            bytes=values.get("bytes"),
        )


def _finite(value: Any) -> Any:
    """Metrics as JSON has them: no NaN, no infinities."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if value is None or isinstance(value, str | bool):
        return value
    number = float(value)
    return number if math.isfinite(number) else None
