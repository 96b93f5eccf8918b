"""Writing a model as a folder that a container image is built from."""

from __future__ import annotations

import contextlib
import dataclasses
import platform
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.bundle_reader import read_manifest
from litmus.deployment import Deployment, parse_deployment
from litmus.errors import BundleError, ParameterError
from litmus.package.dockerfile import MARK, Image, dockerfile, dockerignore
from litmus.package.kserve import inference_service, service_name
from litmus.package.pins import Pins, pins_of
from litmus.package.readme import readme
from litmus.package.targets import Target, find_place
from litmus.package.wheel import write_wheel

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = ["Package", "write"]

_BUNDLE = "model.litmus"


@dataclasses.dataclass(frozen=True)
class Package:
    """A folder that a container image is built from.

    Attributes:
        folder: where it is.
        target: where the image will run.
        model: the model's version, or its name.
        requirements: what the image installs, as "name==version".
        size: bytes of the files in the folder.
        build: the command that builds the image.
        notes: what should be known about it, a sentence each.
    """

    folder: Path
    target: str
    model: str
    requirements: tuple[str, ...]
    size: int
    build: str
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The fields, of types that JSON knows."""
        return {**dataclasses.asdict(self), "folder": str(self.folder)}


def write(
    model: Model | str | Path,
    folder: str | Path,
    *,
    target: Target = "plain",
    base: str | None = None,
    include: Sequence[str] = (),
    deployment: Deployment | Mapping[str, Any] | None = None,
    trust: bool = False,
) -> Package:
    """Write a folder with everything an image of the model is built from: Dockerfile, pinned requirements, bundle, Litmus.

    The bundle is verified and answers its sample row before anything is written; the folder appears when it is whole, and
    takes the place of an earlier package.

    Args:
        model: a model, the path of a bundle, or a version in the store.
        folder: where to write; must not exist, be empty, or be an earlier package.
        target: "plain" for any container engine, "sagemaker" for its container contract, or "kserve" for Kubernetes.
        base: the image to start from; by default the slim image of the Python version that the model was made with.
        include: further distributions to install, such as "pyarrow" for bodies in Arrow.
        deployment: whose `cpus` and `memory` the lines to run it ask for.
        trust: allow a bundle to run its maker's own code, here and in the container; a model in memory is trusted.

    Raises:
        BundleError: when the bundle cannot be opened, needs trust, or does not answer.
        ParameterError: when the folder holds something else, or an option is not allowed.
        ResourceError: when a package that is needed is not installed here, so that versions cannot be pinned.
        UnknownNameError: when there is no such target or model.

    Example:
        >>> import litmus, litmus.package, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> made = litmus.package.write(run.best, f"{tempfile.mkdtemp()}/image", target="sagemaker")
        >>> sorted(path.name for path in made.folder.iterdir())[:3]
        ['.dockerignore', 'Dockerfile', 'README.md']
    """
    place = find_place(target)
    limits = parse_deployment(deployment)
    destination = Path(folder).expanduser().absolute()
    _check_destination(destination)
    with _appearing(destination) as part:
        bundle = part / _BUNDLE
        trusted = _put_bundle(model, bundle) or trust
        manifest = read_manifest(bundle)
        needs_trust, found = _checked(bundle, trust=trusted)
        pins = pins_of(manifest, include)
        image = Image(
            model=str(manifest["version"] or manifest["name"]),
            place=place,
            base=_checked_base(base) or f"python:{_python(manifest)}-slim-bookworm",
            wheel=write_wheel(part).name,
            bundle=_BUNDLE,
            system=pins.system,
            trust=needs_trust,
        )
        notes = (*pins.notes, *found)
        for name, text in _texts(image, pins, manifest, limits, notes).items():
            (part / name).write_text(text, encoding="utf-8")
        for file in part.iterdir():
            file.chmod(0o644)  # COPY keeps it, and the user in the image is not the one who builds it
    return Package(
        folder=destination,
        target=place.name,
        model=image.model,
        requirements=tuple(pins.lines),
        size=sum(file.stat().st_size for file in destination.iterdir()),
        build=f"docker build -t {service_name(image.model)} {destination}",
        notes=notes,
    )


def _texts(
    image: Image, pins: Pins, manifest: Mapping[str, Any], limits: Deployment, notes: tuple[str, ...]
) -> dict[str, str]:
    texts = {
        "Dockerfile": dockerfile(image),
        ".dockerignore": dockerignore(image),
        "requirements.txt": "\n".join(["# What the image installs, and nothing else.", *pins.lines, ""]),
        "README.md": readme(image, manifest["sample"] or {}, limits, notes),
    }
    if image.place.name == "kserve":
        texts["inference-service.yaml"] = inference_service(image.model, limits)
    return texts


def _put_bundle(model: Model | str | Path, bundle: Path) -> bool:
    """Write the model into the folder; returns whether its code is this program's own."""
    if hasattr(model, "save"):
        model.save(bundle)
        return True
    if not isinstance(model, str | Path):
        raise BundleError(f"A {type(model).__name__} is no model; give a model, the path of a bundle, or a version.")
    from litmus.store import Store

    source = Store().path_to_serve(model)
    read_manifest(source)  # says what is wrong with it by the name the user gave
    shutil.copyfile(source, bundle)
    return False


def _checked(bundle: Path, *, trust: bool) -> tuple[bool, tuple[str, ...]]:
    """Open the bundle as the server will, and have it answer; whether it needs trust, and what its copy notes."""
    from litmus.runtime import load

    try:
        found, needs_trust = load(bundle), False
    except BundleError:
        if not trust:
            raise
        found, needs_trust = load(bundle, trust=True), True
    if found.sample:
        found.answer(found.sample)
    return needs_trust, found.notes


def _python(manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("packages", {}).get("python") or platform.python_version())


def _checked_base(base: str | None) -> str | None:
    if base is not None and (not base.strip() or not base.isprintable() or any(letter.isspace() for letter in base)):
        raise ParameterError(f"base={base!r} is no image; give one such as 'python:3.11.7-slim-bookworm'.")
    return base


def _check_destination(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier package."""
    if folder.is_file() or (folder.is_symlink() and not folder.is_dir()):
        raise ParameterError(f"{folder} is no folder; give the name of a folder to write.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if (folder / "Dockerfile").read_text(encoding="utf-8").startswith(MARK):
            return
    raise ParameterError(f"{folder} holds other files; give a new folder, an empty one, or one of an earlier package.")


@contextlib.contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A folder beside it that takes its place when all is written."""
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    before = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        part.mkdir(parents=True, mode=0o755)
        yield part
        if folder.is_dir():
            folder.rename(before)
        part.rename(folder)
    except OSError as error:
        raise ParameterError(f"{folder} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)
