"""What a run shows of itself while it works: subscribers of its event stream for terminals and notebooks."""

from litmus.progress.choice import default_progress
from litmus.progress.notebook import NotebookProgress
from litmus.progress.tally import Tally
from litmus.progress.terminal import TerminalProgress

__all__ = ["NotebookProgress", "Tally", "TerminalProgress", "default_progress"]
