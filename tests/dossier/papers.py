"""Files for the tests' dossiers, made by code: PDF with pikepdf, transport files with pyreadstat. An invented product."""

from __future__ import annotations

import io
import tempfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pikepdf
import pyreadstat
from pikepdf import Array, Dictionary, Name, OutlineItem, String


@lru_cache(maxsize=256)
def pdf(
    title: str = "A document",
    pages: int = 1,
    *,
    version: str = "1.7",
    embedded: bool = True,
    bookmarks: bool = True,
    linear: bool = True,
    scanned: bool = False,
    password: str | None = None,
    owner: bool = False,
    lost_bookmark: bool = False,
    lost_link: bool = False,
    lost_name: bool = False,
    file_link: str | None = None,
    file_bookmark: str | None = None,
    script: bool = False,
    packed: bool = False,
    shows: str = "Tj",
) -> bytes:
    """A document of some pages. ``lost_name``: its link leads to a name whose page is not in the file; ``packed``: contents
    are compressed and say so in a list; ``shows``: the operator that shows its text."""
    made = pikepdf.new()
    descriptor = Dictionary(Type=Name.FontDescriptor, FontName=Name("/Invented"), Flags=32)
    if embedded:
        descriptor.FontFile2 = made.make_stream(b"not a real font")
    font = made.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=Name("/Invented"),
            FontDescriptor=made.make_indirect(descriptor),
        )
    )
    for number in range(pages):
        made.add_blank_page(page_size=(595, 842))
        page = made.pages[number].obj
        if scanned:
            image = made.make_stream(
                b"\0" * 3, Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8
            )
            page.Resources = Dictionary(XObject=Dictionary(Im0=image))
            drawn = b"q 595 0 0 842 0 0 cm /Im0 Do Q"
        else:
            page.Resources = Dictionary(Font=Dictionary(F1=font))
            drawn = f"BT /F1 12 Tf 72 720 Td ({title} {number}) {shows} ET".encode()
        page.Contents = made.make_stream(drawn)
        if packed:
            page.Contents.write(zlib.compress(drawn), filter=Array([Name.FlateDecode]))
    annotations: list[Any] = []
    if lost_link:
        annotations.append(_link(made, Dictionary(S=Name.GoTo, D=String("nowhere"))))
    if lost_name:
        gone = made.make_indirect(Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 1, 1])))
        made.Root.Names = Dictionary(Dests=Dictionary(Names=Array([String("gone"), Array([gone, Name.Fit])])))
        annotations.append(_link(made, Dictionary(S=Name.GoTo, D=String("gone"))))
    if file_link:
        annotations.append(_link(made, Dictionary(S=Name.GoToR, F=String(file_link), D=Array([0, Name.Fit]))))
    if annotations:
        made.pages[0].obj.Annots = Array(annotations)
    if bookmarks:
        with made.open_outline() as outline:
            outline.root.append(OutlineItem(title, 0))
    if lost_bookmark:
        made.Root.Outlines.First.Dest = String("nowhere")
    if file_bookmark:
        del made.Root.Outlines.First.Dest
        made.Root.Outlines.First.A = Dictionary(S=Name.GoToR, F=String(file_bookmark), D=Array([0, Name.Fit]))
    if script:
        made.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    out = io.BytesIO()
    options: dict[str, Any] = {"linearize": linear, "force_version": version}
    if password is not None or owner:
        options["encryption"] = pikepdf.Encryption(user=password or "", owner="owner", R=4)
    else:
        options["deterministic_id"] = True
    made.save(out, **options)
    return out.getvalue()


def _link(made: pikepdf.Pdf, action: Dictionary) -> Any:
    return made.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 10, 10]), A=action))


@lru_cache(maxsize=64)
def xpt(name: str, rows: tuple[tuple[tuple[str, str], ...], ...], version: int = 5) -> bytes:
    frame = pd.DataFrame([dict(row) for row in rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.xpt"
        pyreadstat.write_xport(frame, path, table_name=name, file_format_version=version)
        return path.read_bytes()


def trial_summary(
    study: str, start: str = "2021-03-05", *, name: str = "SSTDTC", null: str = "", reference: str | None = None
) -> bytes:
    rows = [(name, start, null), ("TITLE", "An invented study", "")]
    if reference is not None:
        rows.append(("SPREFID", reference, ""))
    return xpt(
        "TS",
        tuple(
            (("STUDYID", study), ("DOMAIN", "TS"), ("TSPARMCD", code), ("TSVAL", value), ("TSVALNF", flavour))
            for code, value, flavour in rows
        ),
    )


def data(name: str, study: str) -> bytes:
    return xpt(name, ((("STUDYID", study), ("DOMAIN", name)),))


DEFINE = b'<?xml version="1.0" encoding="UTF-8"?>\n<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"/>\n'
