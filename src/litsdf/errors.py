"""The mistakes a user of litsdf can make that pandas has no exception for."""

from __future__ import annotations

__all__ = ["CompileError", "ComputeError", "FieldError", "LayoutError", "LitsdfError"]


class LitsdfError(Exception):
    """Base class of litsdf's own errors; mistakes that pandas knows raise what pandas raises."""


class LayoutError(LitsdfError, ValueError):
    """A layout is unknown, is not installed, or cannot hold the data."""


class CompileError(LitsdfError):
    """A function cannot be compiled, saved or loaded; the message names the line of the user's source."""


class ComputeError(LitsdfError):
    """A computation on other processes or machines could not be finished."""


class FieldError(LitsdfError, ValueError):
    """A row given to a compiled function lacks a field, or a field has the wrong type."""
