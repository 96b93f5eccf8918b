"""The page about the command line names every command and option there is, and none that is not."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
COMMANDS = [
    "train",
    "predict",
    "report",
    "serve",
    "deploy",
    "simulate",
    "recommend",
    "optimize",
    "package",
    "models",
    "runs",
    "lineage",
    "reproduce",
]
GENERAL = {"--help", "-h", "--json", "--quiet", "-q", "--keep"}


def examples(command):
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL))
    lines = [shlex.split(line) for line in blocks.splitlines()]
    return [words for words in lines if command in words[:3]]


def options(text):
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*", text))


def helps(command, place, run_here):
    """The help of a command, and of the commands below it."""
    text = run_here(place, command, "--help").out
    below = re.findall(r"^  ([a-z-]+)", text.partition("Commands:")[2], re.MULTILINE)
    return [text, *(run_here(place, command, name, "--help").out for name in below)]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_and_the_program_agree(place, run_here, command):
    known = set().union(*(options(text.partition("Options:")[2]) for text in helps(command, place, run_here)))
    section = PAGE.partition(f"## litmus {command}")[2].partition("\n## ")[0]
    assert section
    assert len(examples(command)) >= 2
    for words in examples(command):
        assert {word for word in words if word.startswith("-")} <= known
    assert options(section) <= known
    assert {option for option in known if option.startswith("--")} - GENERAL <= options(section)
