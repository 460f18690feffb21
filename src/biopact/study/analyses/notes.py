"""What a reader may not conclude, said beside the numbers."""

from __future__ import annotations

from biopact.study.results import Estimate, Note

__all__ = ["events_per_parameter", "wide_intervals"]

FEW_EVENTS = 10  # per coefficient: Peduzzi et al. 1995, 1996
WIDE = 10.0  # the upper end of a ratio's interval over its lower


def events_per_parameter(events: int | None, parameters: int) -> tuple[Note, ...]:
    """Fewer than ten events for each coefficient: estimates may be biased away from nought, intervals too short."""
    if events is None or parameters == 0 or events >= FEW_EVENTS * parameters:
        return ()
    return (Note("study.note.few-events", {"events": events, "parameters": parameters, "wanted": FEW_EVENTS}),)


def wide_intervals(estimates: tuple[Estimate, ...], family: str) -> tuple[Note, ...]:
    """Ratios whose interval spans a factor of ten or more: the data hardly speak about them."""
    if family == "gaussian":
        return ()
    import math

    wide = []
    for estimate in estimates:
        low, high = estimate.interval()
        if estimate.term != "Intercept" and high - low > math.log(WIDE):
            wide.append(estimate.term)
    return (Note("study.note.wide-interval", {"terms": ", ".join(wide), "factor": WIDE}),) if wide else ()
