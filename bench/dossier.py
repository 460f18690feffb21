"""The dossier check against md5sum over the same files, on a dossier made here.

``python -m bench.dossier [--leaves N] [--bytes N] [--keep DIR] [--small N]``
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from biopact.dossier.backbone import WITH_C

HEADING = "m5-3-5-4-other-study-reports"


def paper(size: int) -> bytes:
    """A PDF of one page with a stream of random bytes, so that it has about the size asked."""
    import io

    import pikepdf

    made = pikepdf.new()
    made.add_blank_page()
    made.Root.Filler = made.make_stream(os.urandom(max(0, size - 1500)))
    out = io.BytesIO()
    made.save(out, linearize=True, force_version="1.7", deterministic_id=True)
    return out.getvalue()


def write_sequence(folder: Path, number: str, leaves: int, size: int) -> None:
    """One sequence of some leaves: PDF files, each with its leaf and MD5, under module 2 (no study tagging)."""
    lines = []
    for count in range(leaves):
        path = f"m2/25-clin-over/part-{count // 500:03d}/document-{count:05d}.pdf"
        content = paper(size)
        target = folder / number / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        md5 = hashlib.md5(content).hexdigest()
        lines.append(
            f'<leaf ID="d{count}" operation="new" xlink:href="{path}" checksum="{md5}" checksum-type="md5">'
            f"<title>Document {count}</title></leaf>"
        )
    body = "\n".join(lines)
    index = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE ectd:ectd SYSTEM "util/dtd/ich-ectd-3-2.dtd">\n'
        f'<ectd:ectd xmlns:ectd="http://www.ich.org/ectd" xmlns:xlink="{WITH_C}" dtd-version="3.2">'
        "<m2-common-technical-document-summaries><m2-5-clinical-overview>\n"
        f"{body}\n</m2-5-clinical-overview></m2-common-technical-document-summaries></ectd:ectd>\n"
    ).encode()
    (folder / number / "index.xml").write_bytes(index)
    (folder / number / "index-md5.txt").write_text(hashlib.md5(index).hexdigest())


def timed(command: list[str]) -> tuple[float, int]:
    """Wall seconds, and the largest memory in MB of the process and all its children together."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    largest = 0
    while process.poll() is None:
        largest = max(largest, tree_memory(process.pid))
        time.sleep(0.05)
    return time.monotonic() - began, largest


def tree_memory(pid: int) -> int:
    """Proportional set size, in MB, of a process and those below it: memory they share is counted once."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            total += int(Path(f"/proc/{one}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
            waiting += [int(it) for it in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except (OSError, IndexError):
            continue
    return total // 1024


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--leaves", type=int, default=10_000)
    asked.add_argument("--bytes", type=int, default=5_000_000_000)
    asked.add_argument("--small", type=int, default=1_000)
    asked.add_argument("--keep", type=Path)
    given = asked.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="bench-dossier-"))
    biopact = [sys.executable, "-m", "biopact"]
    try:
        large = folder / "large"
        if not large.exists():
            write_sequence(large, "0001", given.leaves, given.bytes // given.leaves)
        names = [str(path) for path in large.rglob("*") if path.is_file()]
        listing = folder / "names"
        listing.write_text("\0".join(names))
        size = sum(os.path.getsize(name) for name in names)
        print(f"{len(names)} files, {size / 1e9:.2f} GB")
        call = f"xargs -0 md5sum < {listing}"
        timed(["sh", "-c", call])  # once, so that both read from the cache
        for _ in range(3):
            plain, _memory = timed(["sh", "-c", call])
            mine, memory = timed([*biopact, "dossier", "check", str(large), "--json"])
            print(f"md5sum {plain:.1f} s, check {mine:.1f} s ({plain / mine:.2f} times as fast), {memory} MB")
        small = folder / "small"
        if not small.exists():
            for number in range(given.small):
                write_sequence(small / f"app{number:04d}", "0001", 3, 3000)
        applications = sorted(str(path) for path in small.iterdir())
        took, memory = timed([*biopact, "dossier", "check", *applications, "--json"])
        print(f"{len(applications)} small sequences in one call: {took:.1f} s, {memory} MB")
    finally:
        if given.keep is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
