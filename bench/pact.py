"""How long a pact of many flows takes to read and to decide."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from biopact.decide import check, read
from biopact.law import the_law

FLOW = "  f{n}: {{item: {item}, from: kr, to: [{to}], purpose: {purpose}, date: 2026-12-{day:02}}}\n"
WAYS = [
    {"item": item, "to": to, "purpose": purpose, "day": day}
    for item in ("kr-sums", "kr-records")
    for to in ("hub", "us-dd")
    for purpose in ("scientific-research", "treatment", "ai-development")
    for day in range(1, 29)
]


def main(count: int = 1000) -> None:
    """Print the seconds for each step."""
    text = (Path(__file__).parents[1] / "examples" / "liver" / "pact.yaml").read_text(encoding="utf-8")
    head = text[: text.index("flows:")]
    flows = "".join(FLOW.format(n=n, **WAYS[n % len(WAYS)]) for n in range(count))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pact.yaml").write_text(f"{head}flows:\n{flows}", encoding="utf-8")
        times = [_now()]
        law = the_law()
        times.append(_now())
        pact = read(folder, law)
        times.append(_now())
        check(pact, law)
        times.append(_now())
    print(f"{len(law.rules)} rules, {count} flows")
    for name, start, end in zip(("load the law", "read", "decide"), times, times[1:], strict=False):
        print(f"{name:14} {end[0] - start[0]:.3f} s, of the processor {end[1] - start[1]:.3f} s")


def _now() -> tuple[float, float]:
    """The clock, and the time this process has had the processor: only the second is fair on a busy machine."""
    return time.perf_counter(), time.process_time()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
