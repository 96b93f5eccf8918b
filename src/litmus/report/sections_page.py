"""A page of sections under one verdict, for what is no run: in the report's form, and as free of anything outside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

import litmus
from litmus.errors import LitmusError
from litmus.evaluate.number_text import one_line
from litmus.report.blocks import Finding, Section, Tile, Tone
from litmus.report.embedding import content_policy, licences, packaged_text, scripts
from litmus.report.page import grouped, page_templates, write_whole

__all__ = ["Judgement", "SectionsPage", "render_sections", "write_sections"]


@dataclasses.dataclass(frozen=True)
class Judgement:
    """The first thing on a page: a headline, sentences below it, large figures."""

    tone: Tone
    headline: str
    sentences: tuple[str, ...]
    tiles: tuple[Tile, ...]


@dataclasses.dataclass(frozen=True)
class SectionsPage:
    """What a page says.

    Attributes:
        title: what it is about.
        what: what kind of page it is, after "Litmus" in its head.
        facts: a few words each, in its head.
        judgement: the verdict.
        about_label, about: a line below the verdict.
        findings: what to look at first.
        sections: the rest.
    """

    title: str
    what: str
    facts: tuple[str, ...]
    judgement: Judgement
    about_label: str
    about: str
    findings: Sequence[Finding]
    sections: Sequence[Section]


def render_sections(page: SectionsPage) -> str:
    """The page as text."""
    made, page_scripts = page_templates(), scripts()
    body = made.get_template("data_set.html.j2").render(
        anchor="page",
        name=one_line(page.title, 80),
        verdict=page.judgement,
        asked_label=page.about_label,
        asked=page.about,
        findings=list(page.findings),
        sections=[grouped(section) for section in page.sections],
        keys={section.key for section in page.sections},
        titles={section.key: section.title for section in page.sections},
    )
    return made.get_template("sections_page.html.j2").render(
        title=one_line(page.title, 80),
        what=page.what,
        version=litmus.__version__,
        facts=page.facts,
        body=Markup(body),  # noqa: S704 (rendered with every text escaped)
        policy=content_policy(page_scripts),
        css=Markup(packaged_text("templates/page.css")),  # noqa: S704 (files of this package)
        licences=Markup(licences()),  # noqa: S704
        scripts=[Markup(script) for script in page_scripts],  # noqa: S704
    )


def write_sections(page: SectionsPage, path: str | Path) -> Path:
    """Write the page, whole or not at all; returns its absolute path.

    Raises:
        LitmusError: when it cannot be written there.
    """
    target = Path(path).expanduser().absolute()
    if target.is_dir() or not target.parent.is_dir():
        raise LitmusError(
            f"The page cannot be written to {str(path)!r}: give the name of a file in a folder that exists."
        )
    try:
        write_whole(target, render_sections(page))
    except OSError as error:
        raise LitmusError(f"The page cannot be written to {str(path)!r}: {error.strerror or error}.") from error
    return target
