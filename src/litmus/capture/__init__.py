"""A record of what an endpoint was asked and answered, and of what came true: written beside the answers, read as a table."""

from litmus.capture.feedback import Feedback
from litmus.capture.reading import labelled_answers, losses, read
from litmus.capture.recorder import CaptureRecorder

__all__ = ["CaptureRecorder", "Feedback", "labelled_answers", "losses", "read"]
