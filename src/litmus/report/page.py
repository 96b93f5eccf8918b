"""The report of a run: one HTML page that needs nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import litmus
from litmus.data import LoadedData
from litmus.errors import LitmusError
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.number_text import duration_text, one_line
from litmus.evaluate.trial import Trial
from litmus.report.advice import model_findings, ordered
from litmus.report.best_sections import best_sections
from litmus.report.blocks import Chart, Finding, Section, Table
from litmus.report.data_section import data_findings, data_section
from litmus.report.deployment_section import deployment_section
from litmus.report.embedding import content_policy, embedded_json, licences, packaged_text, scripts
from litmus.report.leaderboard_section import leaderboard_section
from litmus.report.limits import LARGEST_PAGE
from litmus.report.line_breaks import breakable, unbroken
from litmus.report.members import members_section
from litmus.report.search_section import search_section
from litmus.report.settings import changes_section, environment_table, run_table, settings_section
from litmus.report.verdict import asked_sentence, verdict

if TYPE_CHECKING:
    from litmus.selection.deployment_report import DeploymentReport

__all__ = ["ReportedRun", "grouped", "page_templates", "render_report", "write_report", "write_whole"]


class ReportedRun(Protocol):
    """What the report reads of a run."""

    id: str
    created: dt.datetime
    seconds: float
    seed: int
    leaderboard: Leaderboard
    data: dict[str, LoadedData]
    best_trials: dict[str, Trial]
    environment: dict[str, str]
    resources: dict[str, Any]
    deployment_reports: dict[str, DeploymentReport]


@dataclasses.dataclass(frozen=True)
class _Group:
    """Neighbouring charts that share a row, or a table."""

    charts: tuple[Chart, ...] = ()
    table: Table | None = None
    wide: bool = False


def write_report(run: ReportedRun, path: str | Path) -> Path:
    """Write the report of a run as one self-contained HTML page, whole or not at all.

    Args:
        run: the result of `litmus.train`.
        path: the file to write; its folder must exist.

    Returns:
        The absolute path of the page.

    Raises:
        LitmusError: when the page cannot be written there.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(100)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[])
        >>> write_report(run, Path(tempfile.mkdtemp()) / "report.html").name
        'report.html'
    """
    target = Path(path).expanduser().absolute()
    if target.is_dir():
        raise LitmusError(
            f"{str(path)!r} is a folder; name the file to write, such as {str(target / 'report.html')!r}."
        )
    if not target.parent.is_dir():
        raise LitmusError(
            f"The report cannot be written to {str(path)!r}: there is no folder {str(target.parent)!r}; make it first."
        )
    page = render_report(run)
    try:
        write_whole(target, page)
    except OSError as error:
        raise LitmusError(f"The report cannot be written to {str(path)!r}: {error.strerror or error}.") from error
    return target


def write_whole(target: Path, text: str) -> None:
    """Write beside the target and rename, so that a reader sees the old page or the new one and never a part."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def render_report(run: ReportedRun) -> str:
    """The page as text; see `write_report`."""
    templates = page_templates()
    page_scripts = scripts()
    room = LARGEST_PAGE - sum(map(len, page_scripts)) - len(licences())
    fragments: list[dict[str, Any]] = []
    for number, (name, data) in enumerate(run.data.items(), 1):
        anchor = f"data-{number}"
        html = _data_set(templates, run, data, anchor, whole=True)
        if fragments and len(html.encode()) > room:
            html = _data_set(templates, run, data, anchor, whole=False)
        room -= len(html.encode())
        fragments.append({"anchor": anchor, "name": one_line(name, 60), "html": Markup(html)})  # noqa: S704
    created = f"{run.created:%d %B %Y, %H:%M}" + (" UTC" if run.created.utcoffset() == dt.timedelta(0) else "")
    return templates.get_template("page.html.j2").render(
        title=one_line(", ".join(run.data), 80),
        version=litmus.__version__,
        created=created,
        run_id=run.id,
        seconds=duration_text(run.seconds),
        data_sets=fragments,
        run_tables=[run_table(run, created), environment_table(run.environment)],
        policy=content_policy(page_scripts),
        css=Markup(packaged_text("templates/page.css")),  # noqa: S704 (files of this package)
        licences=Markup(licences()),  # noqa: S704
        scripts=[Markup(script) for script in page_scripts],  # noqa: S704
    )


def _data_set(templates: Environment, run: ReportedRun, data: LoadedData, anchor: str, *, whole: bool) -> str:
    """The part of the page on one data set; in short, without charts and the data report, when it is not `whole`."""
    board = run.leaderboard.of_data(data.name)
    best = run.best_trials.get(data.name)
    profile = data.profile() if whole else None
    sections, findings = [leaderboard_section(board)], []
    served = deployment_section(board, run.deployment_reports.get(data.name), whole=whole)
    sections += [served] if served is not None else []
    search = search_section(board, whole=whole)
    sections += [search] if search is not None else []
    if best is not None:
        findings += model_findings(board, data, best)
        members = members_section(board, best)
        sections += [members] if members is not None else []
        if whole:
            sections += best_sections(best, one_line(data.target.name, 60))
    if profile is not None:
        sections.append(data_section(profile, best))
        findings += data_findings(profile)
    changes = changes_section(data, best)
    sections += [changes] if changes is not None else []
    sections.append(settings_section(board, data, best))
    if not whole:
        findings.append(Finding("plain", "Shown in short", _SHORT))
    return templates.get_template("data_set.html.j2").render(
        anchor=anchor,
        name=one_line(data.name, 80),
        verdict=verdict(board, data, best),
        asked=asked_sentence(data, board),
        findings=ordered(findings),
        sections=[grouped(section) for section in sections],
        keys={section.key for section in sections},
        titles={section.key: section.title for section in sections},
    )


_SHORT = (
    "The page would be too large with all charts of every data set. Train on this data set alone for its full report."
)


def grouped(section: Section) -> dict[str, Any]:
    """A section with its neighbouring charts gathered into groups that share a row."""
    groups: list[_Group] = []
    for part in section.parts:
        if isinstance(part, Table):
            groups.append(_Group(table=part))
        elif part.wide or not groups or groups[-1].table is not None or groups[-1].wide:
            groups.append(_Group(charts=(part,), wide=part.wide))
        else:
            groups[-1] = _Group(charts=(*groups[-1].charts, part))
    return {
        "key": section.key,
        "title": section.title,
        "intro": section.intro,
        "notes": section.notes,
        "points": section.points,
        "groups": groups,
    }


def page_templates() -> Environment:
    """The templates of pages, in which every text is escaped."""
    templates = Environment(
        loader=PackageLoader("litmus.report", "templates"),
        autoescape=True,  # every text of the user is escaped, whatever the file is called
        finalize=unbroken,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["embedded"] = embedded_json
    templates.filters["breakable"] = breakable
    return templates
