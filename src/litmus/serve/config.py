"""What an endpoint should serve: the file `config.json` in its folder."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

import msgspec

from litmus.errors import ParameterError

__all__ = [
    "CONFIG_FILE",
    "AsynchronousConfig",
    "BatchingConfig",
    "CaptureConfig",
    "LimitsConfig",
    "ManyModelsConfig",
    "ServiceConfig",
    "TlsConfig",
    "VariantConfig",
    "load_config",
    "save_config",
]

CONFIG_FILE = "config.json"
MAX_ROWS = 10_000
MAX_BODY_BYTES = 16 * 1024 * 1024
TIMEOUT_SECONDS = 30.0
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})")


class VariantConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the models that share an endpoint's requests.

    Attributes:
        name: what answers and counters call it.
        path: its bundle; a relative path starts at the endpoint's folder.
        version: what answers name as the model that served them.
        weight: its share of the requests, among the weights of all variants that are no shadows.
        shadow: whether it only gets copies of requests, and its answers go nowhere.
    """

    name: str
    path: str
    version: str
    weight: float = 1.0
    shadow: bool = False


class ManyModelsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any number of bundles behind one address.

    Attributes:
        folder: where the bundles are, `NAME.litmus` each.
        memory: bytes that loaded ones may take together.
    """

    folder: str
    memory: int


class CaptureConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record of requests and answers.

    Attributes:
        share: of the requests, from 0 to 1.
        max_bytes: on disk.
        masked: columns whose values are not written down.
    """

    share: float
    max_bytes: int
    masked: list[str] = []


class AsynchronousConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requests that are queued and answered later.

    Attributes:
        workers: processes at most.
        minimum: processes when there is nothing to do.
        max_seconds: one request may take.
        inputs: folders and URLs below which a request may name its input; empty: none may.
        outputs: folders and URLs below which a request may have its result written; empty: none may.
        max_waiting: requests that may wait; more get 503.
        keep_seconds: how long a request and its result are kept.
    """

    workers: int
    minimum: int = 0
    max_seconds: float = 900.0
    inputs: list[str] = []
    outputs: list[str] = []
    max_waiting: int = 10_000
    keep_seconds: float = 86_400.0


class LimitsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much may be asked of one worker.

    Attributes:
        max_rows: rows in one request.
        max_body_bytes: bytes of a request's body.
        timeout_seconds: a client may take to send its request, and a prediction may take.
        requests_per_second: of one key; None is no limit.
        max_waiting: requests that may wait for their turn; more get 503.
    """

    max_rows: int = MAX_ROWS
    max_body_bytes: int = MAX_BODY_BYTES
    timeout_seconds: float = TIMEOUT_SECONDS
    requests_per_second: float | None = None
    max_waiting: int = 128

    def __post_init__(self) -> None:
        for name in ("max_rows", "max_body_bytes", "timeout_seconds", "max_waiting", "requests_per_second"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not 0 < value < float("inf")):
                raise ParameterError(f"{name}={value!r} is not allowed; give a number above 0.")


class BatchingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requests of one row that wait at the same time are predicted together.

    Attributes:
        max_rows: at most together.
        max_wait_ms: to wait for more when there are fewer; 0 takes those that are there.
    """

    max_rows: int = 64
    max_wait_ms: float = 0.0


class TlsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PEM files of the certificate and its private key."""

    certificate: str
    key: str


class ServiceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an endpoint should serve.

    Exactly one of `variants`, `many_models` and `chain` is given.

    Attributes:
        name: of the endpoint.
        generation: counts the versions of this file, up.
        variants: models that share the requests.
        many_models: any number of bundles, named by each request.
        chain: bundles, where each one's answer becomes columns of the next one's rows.
        chain_mapping: what the answers of each of them but the last are called; see `litmus.serve.chain.Chain`.
        capture, asynchronous, batching, tls: None is without.
        limits: of one worker.
        trust: whether bundles may run their makers' own code.
        require_key: False lets in everyone who can reach the port; else the folder's `keys.json` says who may ask.

    Raises:
        ParameterError: when a value is not allowed.
    """

    name: str
    generation: int
    variants: list[VariantConfig] = []
    many_models: ManyModelsConfig | None = None
    chain: list[str] | None = None
    chain_mapping: list[dict[str, str | None]] = []
    capture: CaptureConfig | None = None
    asynchronous: AsynchronousConfig | None = None
    limits: LimitsConfig = LimitsConfig()
    batching: BatchingConfig | None = None
    trust: bool = False
    require_key: bool = True
    tls: TlsConfig | None = None

    def __post_init__(self) -> None:
        for what, name in [("endpoint", self.name), *(("variant", each.name) for each in self.variants)]:
            if not _NAME.fullmatch(name):
                raise ParameterError(
                    f"{name!r} cannot name {'an' if what == 'endpoint' else 'a'} {what}; "
                    "use at most 63 letters, digits, '.', '_' and '-', and begin with a letter or digit."
                )
        given = [bool(self.variants), self.many_models is not None, bool(self.chain)]
        if sum(given) != 1:
            raise ParameterError("A configuration serves variants, many_models or a chain; give exactly one of them.")
        if self.variants:
            _check_variants(self.variants)
        if self.capture is not None and not 0 <= self.capture.share <= 1:
            raise ParameterError(f"capture.share={self.capture.share:g} is no share; give a number from 0 to 1.")
        if self.batching is not None and (self.batching.max_rows < 1 or not self.batching.max_wait_ms >= 0):
            raise ParameterError("batching takes max_rows of at least 1 and max_wait_ms of at least 0.")


def _check_variants(variants: list[VariantConfig]) -> None:
    names = [each.name for each in variants]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(f"Two variants are named {twice!r}; give each its own name.")
    for each in variants:
        if not 0 <= each.weight < float("inf"):
            raise ParameterError(f"Variant {each.name!r} has weight {each.weight:g}; give a number of at least 0.")
    if not any(each.weight > 0 for each in variants if not each.shadow):
        raise ParameterError("No variant would answer; give at least one that is no shadow a weight above 0.")


def load_config(folder: str | Path) -> ServiceConfig:
    """Read `config.json` of an endpoint's folder.

    Raises:
        ParameterError: when there is none, it is damaged, has a field that is not known, or a value is not allowed.
    """
    file = Path(folder) / CONFIG_FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=ServiceConfig)
    except OSError as error:
        raise ParameterError(f"{file} cannot be read ({error.strerror}); deploy the endpoint again.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParameterError(f"{file} is no configuration of an endpoint: {error}.") from error


def save_config(config: ServiceConfig, folder: str | Path) -> Path:
    """Replace `config.json` of an endpoint's folder in one step: readers see the file before or this one.

    Raises:
        ParameterError: when it cannot be written.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> config = ServiceConfig("income", 1, variants=[VariantConfig("main", "models/a.litmus", "income-1")])
        >>> save_config(config, folder).name, load_config(folder) == config
        ('config.json', True)
    """
    file = Path(folder) / CONFIG_FILE
    part = file.with_name(f".{CONFIG_FILE}.{secrets.token_hex(6)}")
    try:
        with part.open("xb") as opened:
            opened.write(msgspec.json.format(msgspec.json.encode(config), indent=2))
            opened.flush()
            os.fsync(opened.fileno())
        return part.replace(file)
    except OSError as error:
        raise ParameterError(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
