"""What an asynchronous worker needs of an endpoint's `config.json`; other fields are for others."""

from __future__ import annotations

from pathlib import Path

import msgspec

from litmus.errors import ParameterError

__all__ = ["AsynchronousSettings", "QueueSettings", "ServedModel", "read_settings"]


class ServedModel(msgspec.Struct, frozen=True):
    """A model of the endpoint: `VariantConfig` of `litmus.serve`."""

    name: str
    path: str
    version: str
    weight: float = 1.0
    shadow: bool = False


class QueueSettings(msgspec.Struct, frozen=True):
    """How the queue is worked through: `AsynchronousConfig` of `litmus.serve`.

    Attributes:
        workers, minimum: processes at most, and when there is nothing to do.
        max_seconds: one request may take.
        inputs: folders and URLs below which a request may name its input; empty: none may.
        outputs: folders and URLs below which a request may have its result written; empty: none may.
        max_waiting: requests that may wait; more are refused.
        keep_seconds: how long a request and its result are kept.
    """

    workers: int = 1
    minimum: int = 0
    max_seconds: float = 900.0
    inputs: list[str] = []
    outputs: list[str] = []
    max_waiting: int = 10_000
    keep_seconds: float = 86_400.0


class AsynchronousSettings(msgspec.Struct, frozen=True):
    """The parts of `config.json` that matter here."""

    generation: int = 0
    variants: list[ServedModel] = []
    asynchronous: QueueSettings | None = None
    trust: bool = False


def read_settings(folder: Path) -> AsynchronousSettings:
    """Read `config.json` of an endpoint's folder.

    Raises:
        ParameterError: when there is none, or it is damaged.
    """
    file = folder / "config.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=AsynchronousSettings)
    except OSError as error:
        raise ParameterError(f"{file} cannot be read ({error.strerror}); deploy the endpoint again.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{file} is no configuration of an endpoint: {error}.") from error
