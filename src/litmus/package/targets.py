"""The places a container runs in, and what each of them expects of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

from litmus.naming import find_name

__all__ = ["Place", "Target", "find_place"]

Target = Literal["plain", "sagemaker", "kserve"]


@dataclasses.dataclass(frozen=True)
class Place:
    """What a place expects of an image.

    Attributes:
        name: how users name it.
        model_folder: where the bundle lies in the image.
        variables: environment variables beside those that every image has.
        labels: of the image.
        arguments: what the place adds to the entry point.
    """

    name: str
    model_folder: str
    variables: Mapping[str, str]
    labels: Mapping[str, str]
    arguments: tuple[str, ...] = ()


_PLACES = (
    Place("plain", "/opt/litmus/model", {}, {}),
    Place(
        "sagemaker",
        "/opt/ml/model",
        {"LITMUS_OPEN": "yes"},  # AWS asks for its own signature before a request comes here, and sends no key of ours
        {"com.amazonaws.sagemaker.capabilities.accept-bind-to-port": "true"},
        ("serve",),
    ),
    Place("kserve", "/opt/litmus/model", {}, {}),
)


def find_place(name: str) -> Place:
    """The place of a name.

    Raises:
        UnknownNameError: when there is none; the message lists them.

    Example:
        >>> find_place("sagemaker").model_folder
        '/opt/ml/model'
    """
    found = find_name("target", name, [place.name for place in _PLACES])
    return next(place for place in _PLACES if place.name == found)
