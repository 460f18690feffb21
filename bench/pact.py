"""How long a pact of many flows takes to read and to decide."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from biopact.decide import check, read
from biopact.law import the_law

FLOW = "  f{n}: {{item: kr-sums, from: kr, to: [hub], purpose: scientific-research, date: 2026-12-01}}\n"


def main(count: int = 1000) -> None:
    """Print the seconds for each step."""
    text = (Path(__file__).parents[1] / "examples" / "liver" / "pact.yaml").read_text(encoding="utf-8")
    head = text[: text.index("flows:")]
    flows = "".join(FLOW.format(n=n) for n in range(count))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pact.yaml").write_text(f"{head}flows:\n{flows}", encoding="utf-8")
        times = [time.perf_counter()]
        law = the_law()
        times.append(time.perf_counter())
        pact = read(folder, law)
        times.append(time.perf_counter())
        check(pact, law)
        times.append(time.perf_counter())
    for name, start, end in zip(("load the law", "read", "decide"), times, times[1:], strict=False):
        print(f"{name:14} {end - start:.3f} s   ({len(law.rules)} rules, {count} flows)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
