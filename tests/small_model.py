"""What the store needs of a model: a name, scores, an origin, and a way to save itself."""

from __future__ import annotations

from pathlib import Path


class Small:
    """A model of a few bytes."""

    version: str | None = None

    def __init__(self, name: str = "adult", run: str | None = "run-1", metrics: dict | None = None) -> None:
        self.name = name
        self.lineage = {"run": run} if run else {}
        self.metrics = metrics or {"validation": {"accuracy": 0.875}}

    def save(self, path: Path) -> Path:
        path.write_text(f"{self.name} {self.version}")
        return path
