"""Bringing a model into an endpoint's folder: a copy named for its content, compiled for inference."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from litmus.bundle_reader import read_manifest
from litmus.errors import BundleError, ParameterError, ResourceError
from litmus.serve.config import ManyModelsConfig, ServiceConfig, VariantConfig
from litmus.store.compiling_process import compile_in_process
from litmus.store.store import Store

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = [
    "FOLDER",
    "Brought",
    "Source",
    "bring_model",
    "drop_unused",
    "sample_of_chain",
    "sample_row",
    "served",
    "variant_of",
    "variants_of",
]

Source: TypeAlias = "Model | str | Path"
"""A model; or a version or name in the store, or the path of a bundle."""

FOLDER = "models"
_LONGEST_CHAIN = 5


class Brought(msgspec.Struct, frozen=True):
    """A model that an endpoint can serve.

    Attributes:
        path: its bundle, from the endpoint's folder.
        version: what answers name it.
        needs_trust: whether it runs its maker's own code.
    """

    path: str
    version: str
    needs_trust: bool


def bring_model(model: Model | str | Path, folder: Path, *, trust: bool) -> Brought:
    """Copy a model into the folder of an endpoint, so that it goes on when the original is deleted.

    Args:
        model: a model; or a version or name in the store, or the path of a bundle.
        folder: the endpoint's folder.
        trust: whether a bundle may hold code of its maker's own. A model that is at hand as an object may: its code runs
            here already.

    Raises:
        UnknownNameError: when there is no such model.
        BundleError: when its file is missing, damaged or needs trust.
        ResourceError: when the folder cannot be written.
    """
    models = folder / FOLDER
    part = models / f".{secrets.token_hex(6)}.litmus"
    try:
        models.mkdir(mode=0o700, exist_ok=True)
        if isinstance(model, str | Path):
            source = Store().path_to_serve(model)
            read_manifest(source)
            shutil.copyfile(source, part)
            _refuse_damaged(part, source)
        elif hasattr(model, "save"):
            model.save(part)
        else:
            raise ParameterError(
                f"A {type(model).__name__} is no model; give one that train() made, a version such as 'income-3', or a path."
            )
        manifest = _checked(part, model, trust=trust or not isinstance(model, str | Path))
        with part.open("rb") as file:
            name = f"{hashlib.file_digest(file, 'sha256').hexdigest()}.litmus"
        part.replace(models / name)
    except OSError as error:
        raise ResourceError(f"The model cannot be copied to {models}: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return Brought(f"{FOLDER}/{name}", str(manifest.get("version") or manifest["name"]), bool(manifest["needs_trust"]))


def _refuse_damaged(copied: Path, source: Path) -> None:
    """A file that was damaged on its way is refused before anything is changed; workers check every hash they open, too."""
    try:
        with zipfile.ZipFile(copied) as file:
            damaged = file.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BundleError(f"{source} is damaged ({error}); get the file again.") from error
    if damaged is not None:
        raise BundleError(f"{damaged} in {source} is damaged; get the file again.")


def _checked(bundle: Path, model: Any, *, trust: bool) -> dict[str, Any]:
    manifest = read_manifest(bundle)
    if manifest["needs_trust"] and not trust:
        raise BundleError(
            f"{model} contains code of its maker's own (a custom step, algorithm or function), which can run anything on this "
            "machine. If you made it or trust who did, say so: trust=True, or --trust."
        )
    if not manifest.get("runtime") and not manifest["needs_trust"]:
        compile_in_process(bundle)
        manifest = read_manifest(bundle)
    return manifest


def variant_of(brought: Brought, *, name: str = "", taken: Sequence[VariantConfig] = (), weight: float = 1.0,
               shadow: bool = False) -> VariantConfig:  # fmt: skip
    """A variant that serves a model, under a name of its own.

    Args:
        brought: the model.
        name: what to call it; by default what its version is, with a number when other content has that name.
        taken: variants whose names are in use.
        weight, shadow: as in `VariantConfig`.
    """
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", name or brought.version).strip("-._")[:50] or "model"
    used = {each.name: each.path for each in taken}
    chosen, number = base, 2
    while used.get(chosen, brought.path) != brought.path:
        chosen, number = f"{base}.{number}", number + 1
    return VariantConfig(chosen, brought.path, brought.version, weight, shadow)


def variants_of(
    models: Mapping[str, tuple[Source, float]], folder: Path, *, trust: bool
) -> tuple[list[VariantConfig], bool]:
    """The variants that share requests, and whether one of them needs trust.

    Args:
        models: name → (model, weight).
        folder: the endpoint's folder, into which the models are copied.
        trust: as in `bring_model`.

    Raises:
        ParameterError: when it is no such mapping; otherwise as `bring_model`.
    """
    if not isinstance(models, Mapping) or not models:
        raise ParameterError('Variants are {"a": (model, 0.9), "b": (model, 0.1)}: a model and a weight for each name.')
    variants, needs_trust = [], False
    for name, pair in models.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ParameterError(f"Variant {name!r} is {pair!r}; give (model, weight).")
        if isinstance(pair[1], bool) or not isinstance(pair[1], int | float):
            raise ParameterError(f"Variant {name!r} has weight {pair[1]!r}; give a number of at least 0.")
        brought = bring_model(pair[0], folder, trust=trust)
        needs_trust |= brought.needs_trust
        variants.append(VariantConfig(name, brought.path, brought.version, float(pair[1])))
    return variants, needs_trust


def served(
    model: Any, folder: Path, *, trust: bool, memory: int, mapping: Sequence[Mapping[str, str | None]] = ()
) -> dict[str, Any]:
    """What of a configuration says which models are served: one, a chain, variants, or all of a folder.

    Args:
        model: as in `deploy`.
        folder: the endpoint's folder, into which models are copied, but not a folder of them.
        trust: as in `bring_model`.
        memory: bytes that the loaded models of a folder may take.
        mapping: what the answers of a chain's models are called.

    Raises:
        LitmusError: as `bring_model`; ParameterError also for a chain of fewer than 2 or more than 5.
    """
    if isinstance(model, Mapping):
        variants, needs_trust = variants_of(model, folder, trust=trust)
        return {"variants": variants, "trust": needs_trust}
    if isinstance(model, list | tuple):
        if not 2 <= len(model) <= _LONGEST_CHAIN:
            raise ParameterError(f"A chain of {len(model)} models cannot be served; give 2 to {_LONGEST_CHAIN}.")
        chain = [bring_model(each, folder, trust=trust) for each in model]
        return {
            "chain": [each.path for each in chain],
            "chain_mapping": [dict(each) for each in mapping],
            "trust": any(each.needs_trust for each in chain),
        }
    if isinstance(model, str | Path) and Path(model).expanduser().is_dir():
        many = Path(model).expanduser().resolve()
        if not any(many.glob("*.litmus")):
            raise BundleError(f"{many} holds no models; put files NAME.litmus into it.")
        return {"many_models": ManyModelsConfig(str(many), memory), "trust": trust}
    brought = bring_model(model, folder, trust=trust)
    return {"variants": [variant_of(brought)], "trust": brought.needs_trust}


def sample_row(bundle: Path) -> dict[str, Any]:
    """A row that may be sent as it is: the example of each column of a bundle's schema."""
    from litmus.data.schema import Schema

    schema = Schema.from_json(read_manifest(bundle)["schema"])
    return {name: schema[name].example for name in schema.inputs}


def sample_of_chain(folder: Path, config: ServiceConfig) -> dict[str, Any]:
    """A row for a chain: the columns of all its models that no model before them answers.

    Args:
        folder: the endpoint's folder.
        config: what it serves.
    """
    row: dict[str, Any] = {}
    answered: set[str | None] = set()
    for number, path in enumerate(config.chain or ()):
        for name, value in sample_row(folder / path).items():
            from_before = number > 0 and (name in answered or name.startswith(("prediction", "probability of ")))
            if not from_before:
                row.setdefault(name, value)
        if number < len(config.chain_mapping):
            answered |= set(config.chain_mapping[number].values())
    return row


def drop_unused(folder: Path, kept: Sequence[ServiceConfig]) -> None:
    """Remove the bundles that none of the configurations names; a failure leaves some behind and harms nobody."""
    paths = {each.path for config in kept for each in config.variants}
    paths |= {path for config in kept for path in config.chain or ()}
    with contextlib.suppress(OSError):
        for file in (folder / FOLDER).glob("*.litmus"):
            if f"{FOLDER}/{file.name}" not in paths and not file.name.startswith("."):
                file.unlink()
