"""What an endpoint's workers counted, in the text format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from litmus.serve.totals import BOUNDS, Histogram, Totals, VariantTotals

__all__ = ["CONTENT_TYPE", "metrics_text"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SHOWN = range(2, len(BOUNDS), 3)  # half an octave apart: more than a dashboard shows
_COUNTS: tuple[tuple[str, str, Callable[[VariantTotals], int]], ...] = (
    ("litmus_invocations_total", "Requests that a model was asked for.", lambda totals: totals.requests),
    ("litmus_client_errors_total", "Of them, those answered 4xx.", lambda totals: totals.client_errors),
    ("litmus_server_errors_total", "Of them, those answered 5xx.", lambda totals: totals.server_errors),
    ("litmus_rejected_total", "Requests turned down because too many waited.", lambda totals: totals.rejected),
    ("litmus_rows_total", "Rows predicted.", lambda totals: totals.rows),
    ("litmus_shadow_compared_total", "Rows that a shadow answered too.", lambda totals: totals.compared),
    ("litmus_shadow_different_total", "Of them, those answered otherwise.", lambda totals: totals.different),
    ("litmus_shadow_dropped_total", "Requests that a shadow had no time for.", lambda totals: totals.dropped),
)
_TIMES: tuple[tuple[str, str, Callable[[VariantTotals], Histogram]], ...] = (
    ("litmus_model_latency_seconds", "Seconds of a request in the model.", lambda totals: totals.model),
    ("litmus_overhead_latency_seconds", "Seconds of a request outside the model.", lambda totals: totals.overhead),
)


def metrics_text(totals: Totals, versions: Mapping[str, str]) -> str:
    """The page.

    Args:
        totals: of all workers.
        versions: variant → the version of its model, where it is known.
    """
    return "\n".join(_lines(totals, versions)) + "\n"


def _lines(totals: Totals, versions: Mapping[str, str]) -> Iterator[str]:
    labels = {name: _labels(variant=name, model=versions.get(name, "")) for name in totals.variants}
    for name, text, of in _COUNTS:
        yield from _about(name, text, "counter")
        yield from (f"{name}{{{labels[variant]}}} {of(each)}" for variant, each in totals.variants.items())
    for name, text, histogram_of in _TIMES:
        yield from _about(name, text, "histogram")
        for variant, each in totals.variants.items():
            yield from _histogram(name, labels[variant], histogram_of(each))
    yield from _about("litmus_probing_total", "Patterns of probing that were found; events.jsonl has them.", "counter")
    yield f"litmus_probing_total {sum(state.probing for state in totals.workers.values())}"
    live = [state for state in totals.workers.values() if state.alive]
    for name, text, number in (
        ("litmus_in_flight", "Requests worked on or waiting.", totals.in_flight),
        ("litmus_connections", "Open connections.", sum(state.connections for state in live)),
        ("litmus_workers", "Worker processes.", len(live)),
        ("litmus_workers_ready", "Of them, those that answer.", sum(state.ready for state in live)),
    ):
        yield from _about(name, text, "gauge")
        yield f"{name} {number}"


def _about(name: str, text: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def _histogram(name: str, labels: str, histogram: Histogram) -> Iterator[str]:
    seen, next_bucket = 0, 0
    for bound in _SHOWN:
        seen += sum(histogram.counts[next_bucket : bound + 1])
        next_bucket = bound + 1
        yield f'{name}_bucket{{{labels},le="{BOUNDS[bound]:.6g}"}} {seen}'
    yield f'{name}_bucket{{{labels},le="+Inf"}} {histogram.total}'
    yield f"{name}_sum{{{labels}}} {histogram.seconds:.9f}"
    yield f"{name}_count{{{labels}}} {histogram.total}"


def _labels(**values: str) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in values.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
