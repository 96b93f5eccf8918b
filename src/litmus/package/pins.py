"""The exact versions that an image installs: what the bundle says, and what that requires as it is installed here."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from litmus.errors import ResourceError
from litmus.simulate.clean_environment import closure_of
from litmus.simulate.requirements import requirements_of

__all__ = ["Pins", "pins_of"]

_PINNED = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)")
_SYSTEM_PACKAGES = {"lightgbm": "libgomp1"}  # of Debian, for wheels that do not bring it themselves


@dataclasses.dataclass(frozen=True)
class Pins:
    """What has to be installed for a bundle to be served.

    Attributes:
        versions: distribution → exact version, in alphabetical order.
        system: packages of the operating system.
        notes: a sentence for each version that is not the one installed here.
    """

    versions: Mapping[str, str]
    system: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """As requirements.txt has them."""
        return [f"{name}=={version}" for name, version in self.versions.items()]


def pins_of(manifest: Mapping[str, Any], include: Sequence[str] = ()) -> Pins:
    """The exact versions of everything a bundle is served with: its own requirements, the server, and what these require.

    Args:
        manifest: of the bundle. Its versions count where others are installed here.
        include: further distributions, such as "pyarrow", or "pyarrow==26.0.1".

    Raises:
        ResourceError: when a distribution is not installed here, so that what it requires cannot be told.

    Example:
        >>> "uvicorn" in pins_of({"requirements": ["numpy==2.4.6"]}).versions
        True
    """
    wanted = [*requirements_of(manifest), *include]
    closure = closure_of(wanted)
    if closure.missing:
        raise ResourceError(
            f"{', '.join(closure.missing)} is not installed here, so the versions it needs cannot be pinned; install it "
            "(pip install 'litmus[serve]' for the server) and package the model again."
        )
    versions, notes = dict(closure.packages), []
    for text in wanted:
        found = _PINNED.fullmatch(text.strip())
        name = found[1].lower().replace("_", "-") if found else ""
        if found and versions.get(name, found[2]) != found[2]:
            notes.append(
                f"{name} {found[2]} is pinned, as the model was made with; {versions[name]} is installed here."
            )
            versions[name] = found[2]
    system = sorted({_SYSTEM_PACKAGES[name] for name in versions if name in _SYSTEM_PACKAGES})
    return Pins(versions, tuple(system), tuple(notes))
