"""The demonstration: a study that runs, and one that three sites refuse. Any other exit code is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
STEPS = [
    (["run", "examples/liver", "--out", "out/liver-survival"], 0),
    (["verify", "out/liver-survival/receipt.json"], 0),
    (["run", "examples/liver", "hepatitis-b", "--out", "out/hepatitis-b"], 1),
]


def main() -> int:
    """Run each step as a user would, and hold its exit code against the promised one."""
    environment = {**os.environ, "BIOPACT_STATE": os.environ.get("BIOPACT_STATE", str(ROOT / "out" / "state"))}
    for words, promised in STEPS:
        print(f"\n$ biopact {' '.join(words)}", flush=True)
        done = subprocess.run([sys.executable, "-m", "biopact", *words], cwd=ROOT, env=environment, check=False)
        if done.returncode != promised:
            print(f"\nthis should have ended with {promised}, it ended with {done.returncode}", file=sys.stderr)
            return 1
    print("\nOpen out/liver-survival/report.html.")
    print("In Korean (한국어 보고서): .venv/bin/biopact run examples/liver --lang ko --out out/ko")
    return 0


if __name__ == "__main__":
    sys.exit(main())
