"""The errors a user can cause. All share one base class, so that a server answers 4xx and a terminal exits with 2."""

from __future__ import annotations

__all__ = [
    "ArtifactError",
    "BundleError",
    "ConflictError",
    "DataError",
    "LitmusError",
    "MetricError",
    "ParameterError",
    "PredictionError",
    "ResourceError",
    "SelectionError",
    "StoreError",
    "TrainingError",
    "UnknownNameError",
]


class LitmusError(Exception):
    """Base class of every mistake a user can make and mend.

    The message is one sentence or two: what was given, what is allowed, what to do next.
    """


class DataError(LitmusError):
    """A table, a column or a split cannot be used as it is."""


class ParameterError(LitmusError, ValueError):
    """An option or hyperparameter has a value that is not allowed."""


class UnknownNameError(ParameterError):
    """A string names no built-in component; the message lists the valid names and the nearest one."""


class MetricError(LitmusError, ValueError):
    """A metric cannot be computed on these predictions."""


class ResourceError(LitmusError):
    """The machine does not have what was asked for."""


class TrainingError(LitmusError):
    """No candidate could be trained; the message says why each one failed."""


class SelectionError(LitmusError):
    """No trial keeps the limits of a deployment; the message says by how much each misses, and what would help."""


class PredictionError(LitmusError, ValueError):
    """Rows sent to a model do not fit its schema."""


class BundleError(LitmusError):
    """A saved model is missing, damaged, altered, too new, or needs trust."""


class StoreError(LitmusError):
    """The store's database cannot be read or written; the message says why, and what to do."""


class ConflictError(StoreError):
    """Somebody else changed the same thing first; the message says who, and to what."""


class ArtifactError(BundleError):
    """A file of the store is missing, was changed by hand, or cannot be brought there or back."""
