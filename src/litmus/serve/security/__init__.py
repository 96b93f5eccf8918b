"""Who may ask an endpoint, how often, and who asks as if to take the model apart."""

from litmus.serve.security.gate import KeyGate, asking_key
from litmus.serve.security.keys import KEYS_FILE, KeyRecord, Keys, hash_key, new_key_record, read_keys
from litmus.serve.security.probing import Finding, ProbingWatch
from litmus.serve.security.rates import RateLimits
from litmus.serve.security.watching import WatchingRecorder

__all__ = [
    "KEYS_FILE",
    "Finding",
    "KeyGate",
    "KeyRecord",
    "Keys",
    "ProbingWatch",
    "RateLimits",
    "WatchingRecorder",
    "asking_key",
    "hash_key",
    "new_key_record",
    "read_keys",
]
