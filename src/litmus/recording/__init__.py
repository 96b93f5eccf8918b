"""What a run was made from, as plain data: its arguments, the user's own code, the repository, without secrets."""

from litmus.recording.own_code import OwnCode, OwnPart
from litmus.recording.repository import describe_repository
from litmus.recording.secrets import holds_secret, without_secrets
from litmus.recording.written import Reader, Writer

__all__ = ["OwnCode", "OwnPart", "Reader", "Writer", "describe_repository", "holds_secret", "without_secrets"]
