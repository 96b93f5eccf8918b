"""YAML files that people write by hand: read into checked models, with the line and column of every mistake."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["FileError", "Problem", "read_yaml"]

_MOST_BYTES = 1 << 20
_MOST_DEPTH = 20
_KEY = "\0key"
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map", "timestamp")}
_SHARED = (yaml.AnchorToken, yaml.AliasToken)
_OPENING = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_Place = tuple[str | int, ...]
_Read = TypeVar("_Read", bound=BaseModel)


@dataclasses.dataclass(frozen=True)
class Problem:
    """One mistake in a file.

    Attributes:
        line, column: where it is, counted from 1.
        sentence: what was found, and what is allowed.
    """

    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.sentence}"


class FileError(ParameterError):
    """A file holds mistakes.

    Args:
        file: the file, as errors name it.
        problems: all mistakes, in the order of the file.

    Attributes:
        problems: as given.
    """

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{file}, " + "; ".join(str(each).rstrip(".") for each in problems) + ".")


def read_yaml(source: str | Path, model: type[_Read]) -> _Read:
    """Read a file into a model.

    Args:
        source: the file; text with a line break is the document itself.
        model: a pydantic model of the whole document.

    Raises:
        FileError: when it is no YAML, or holds what is not allowed; all mistakes at once, each with its place.
        ParameterError: when it cannot be read.

    Example:
        >>> class Settings(BaseModel):
        ...     every: int
        >>> read_yaml("every: 5" + chr(10), Settings).every
        5
    """
    file, text = _text_of(source)
    try:
        refused = _refused_token(text)
        if refused is not None:
            raise FileError(file, [refused])
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        raise FileError(
            file, [Problem(where[0], where[1], f"this is no YAML ({error.problem or error.context})")]
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise FileError(file, [Problem(1, 1, f"this is no YAML ({str(error).splitlines()[0]})")]) from error
    if root is None:
        raise FileError(file, [Problem(1, 1, f"the file is empty; it needs {', '.join(_names(model))}")])
    places: dict[_Place, tuple[int, int]] = {}
    problems = list(_walk(root, (), places))
    if problems:
        raise FileError(file, problems)
    value = yaml.SafeLoader("").construct_document(root)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = [_problem(each, model, places) for each in error.errors(include_url=False)]
        raise FileError(file, sorted(dict.fromkeys(found), key=_order)) from None


def _text_of(source: str | Path) -> tuple[str, str]:
    """What to call the file, and what it holds."""
    if isinstance(source, str) and "\n" in source:
        return "the text", source
    path = Path(source).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ParameterError(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(content) > _MOST_BYTES:
        raise ParameterError(f"{path} is larger than 1 MiB, which no file of settings is.")
    try:
        return str(path), content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileError(str(path), [Problem(line, 1, "this is not UTF-8 text")]) from error


def _refused_token(text: str) -> Problem | None:
    """Values that are written once and used again, a few of which can stand for millions, and deep nesting: neither is needed."""
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        mark = token.start_mark
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if isinstance(token, _SHARED):
            return Problem(
                mark.line + 1, mark.column + 1, "anchors (&) and aliases (*) are not allowed; write the value out"
            )
        if depth > _MOST_DEPTH:
            return Problem(mark.line + 1, mark.column + 1, f"this is nested more than {_MOST_DEPTH} deep")
    return None


def _order(problem: Problem) -> tuple[int, int, bool]:
    """By place; a name that is misspelled stands before the one that is missing for it."""
    return problem.line, problem.column, problem.sentence.endswith(" is missing")


def _walk(node: yaml.Node, place: _Place, places: dict[_Place, tuple[int, int]]) -> Iterator[Problem]:
    """Note where everything stands; what YAML allows and these files do not is a problem."""
    places.setdefault(place, _where(node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                yield Problem(*_where(key), "a name must be plain text")
                continue
            if key.value in seen:
                yield Problem(*_where(key), f"{key.value!r} is given twice; keep one")
            seen.add(key.value)
            places[(*place, key.value, _KEY)] = _where(key)
            yield from _walk(value, (*place, key.value), places)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _walk(value, (*place, number), places)
    if node.tag not in _TAGS:
        yield Problem(*_where(node), f"the tag {node.tag} is not allowed")


def _where(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _problem(error: Any, model: type[BaseModel], places: dict[_Place, tuple[int, int]]) -> Problem:
    """One of pydantic's errors in our words, at its place in the file."""
    place: _Place = tuple(error["loc"])
    kind, name = error["type"], place[-1] if place else "the file"
    if kind == "extra_forbidden":
        where = places.get((*place, _KEY), _nearest_place(place, places))
        known = _names(_model_at(model, place[:-1]))
        close = nearest(str(name), known)
        hint = f" Did you mean {close!r}?" if close else ""
        return Problem(*where, f"{name!r} is not known here.{hint} Known: {', '.join(known)}")
    where = _nearest_place(place, places)
    if kind == "missing":
        return Problem(*where, f"{name!r} is missing")
    said = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    if kind == "value_error":
        return Problem(*where, said)
    given = repr(error["input"])
    return Problem(*where, f"{name} is {given if len(given) < 60 else given[:60] + '…'}: {said[:1].lower()}{said[1:]}")


def _nearest_place(place: _Place, places: dict[_Place, tuple[int, int]]) -> tuple[int, int]:
    """Where a place is, or the innermost one around it that is written down."""
    for length in range(len(place), -1, -1):
        if place[:length] in places:
            return places[place[:length]]
    return 1, 1


def _model_at(model: type[BaseModel], place: _Place) -> type[BaseModel]:
    """The model of a part of the document, as far as annotations tell."""
    found: Any = model
    for name in place:
        if isinstance(name, int) or not _is_model(found) or name not in _by_name(found):
            continue
        found = _inner_model(_by_name(found)[name].annotation) or found
    return found


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as `list[Rule]` or `Mail | None`."""
    if _is_model(annotation):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _inner_model(part)) is not None:
            return found
    return None


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _by_name(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _names(model: type[BaseModel]) -> list[str]:
    return list(_by_name(model))
