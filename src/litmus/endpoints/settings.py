"""How an endpoint is run, beside what it serves: `endpoint.json` in its folder."""

from __future__ import annotations

from pathlib import Path

import msgspec

from litmus.endpoints.atomic import read_json, write_json
from litmus.endpoints.scaling import Scaling
from litmus.errors import ResourceError

__all__ = ["Settings", "read_settings", "write_settings"]

_FILE = "endpoint.json"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an endpoint is run.

    Attributes:
        host: the address it listens on.
        port: the port; the one it got when any free one was asked for, so that its URL stays the same.
        engine: what runs it: "local" or "ray".
        scaling: how many workers it has.
        created: when it was deployed (ISO 8601, UTC).
    """

    host: str = "127.0.0.1"
    port: int = 0
    engine: str = "local"
    scaling: Scaling = Scaling()
    created: str = ""


def read_settings(folder: Path) -> Settings:
    """What `endpoint.json` says.

    Raises:
        ResourceError: when it is gone or damaged.
    """
    try:
        settings = read_json(folder / _FILE, Settings)
    except (ValueError, OSError) as error:
        raise ResourceError(
            f"{folder / _FILE} cannot be used ({error}); delete the endpoint and deploy again."
        ) from None
    if settings is None:
        raise ResourceError(f"{folder} has no {_FILE}; delete the endpoint and deploy again.")
    return settings


def write_settings(folder: Path, settings: Settings) -> None:
    """Replace `endpoint.json`."""
    write_json(folder / _FILE, settings, durable=True)
