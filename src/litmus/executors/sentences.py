"""Why a job was ended, in the words that stand on the leaderboard."""

from __future__ import annotations

import signal

from litmus.quantities import bytes_text

__all__ = ["asked", "crashed", "too_late", "too_long", "too_much"]


def asked(seconds: float | None = None) -> str:
    """The reason of a job that was stopped, before it started (None) or after so many seconds."""
    return "It was stopped before it started." if seconds is None else f"It was stopped after {seconds:.1f} s."


def too_late() -> str:
    """The reason of a job whose deadline passed while it waited."""
    return "Its deadline passed before it could start; give the run more time or fewer candidates."


def too_long(seconds: float) -> str:
    """The reason of a job that ran into its deadline."""
    return (
        f"It was not done at its deadline, and was ended after {seconds:.1f} s; give it more time, or less work, such as "
        "fewer rounds or rows."
    )


def too_much(taken: int, share: int, seconds: float) -> str:
    """The reason of a job that took more memory than its share."""
    return (
        f"It took {bytes_text(taken)} of memory, more than its share of {bytes_text(share)}, and was ended after "
        f"{seconds:.1f} s; run fewer fits at once (resources={{'train': {{'workers': 1}}}}), allow more memory, or use "
        "less data."
    )


def crashed(status: int | None, *, ended_itself: bool = False) -> str:
    """The reason of a job whose process died, from the status that the system gave: -signal, an exit code, or None.

    `ended_itself`: the process went through Python's own exit with a code, which only a job's code does.
    """
    end = "The worker process ended without an answer"
    advice = "try fewer workers (resources={'train': {'workers': 1}}) or less data."
    if status is None:
        return f"{end}, which happens when memory runs out or a library crashes; {advice}"
    if status == -signal.SIGKILL:
        return f"{end}: it was killed from outside, as the system does when memory runs out; {advice}"
    if status < 0:
        return f"{end}: a library crashed ({_signal_name(-status)}); try another version of it, other settings or less data."
    what = "its code called exit" if ended_itself else "something in it ended the process"
    return f"{end}: {what} with code {status}; code that is trained may raise errors, but not end its process."


def _signal_name(number: int) -> str:
    known = {
        int(signal.SIGSEGV): "a segmentation fault",
        int(signal.SIGABRT): "it aborted",
        int(signal.SIGFPE): "an arithmetic error of the processor",
        int(signal.SIGILL): "an instruction this processor does not know",
    }
    if number in known:
        return known[number]
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
