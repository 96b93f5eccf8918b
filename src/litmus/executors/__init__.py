"""Where jobs run: in this process, or in several processes of this machine."""

from litmus.executors.base import Executor, Job, Outcome
from litmus.executors.in_process import InProcess
from litmus.executors.local import LocalProcesses

__all__ = ["Executor", "InProcess", "Job", "LocalProcesses", "Outcome"]
