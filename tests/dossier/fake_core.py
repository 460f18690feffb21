"""Stands in for the program of CDISC CORE: says a version, and writes a report of the shape CORE writes."""

import json
import sys
import time

if sys.argv[1:] == ["version"]:
    print("0.17.1")
elif sys.argv[1] == "validate":
    arguments = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
    if "slow" in arguments["-v"] or arguments["-s"] == "slowig":
        time.sleep(30)
    if arguments["-s"] == "brokenig":
        sys.exit(1)
    report = {
        "Conformance_Details": {"CORE_Engine_Version": "0.17.1", "Rules_Version": "2026-09"},
        "Issue_Details": [{"core_id": "CORE-000001"}] if arguments["-s"] == "sdtmig" else [],
    }
    with open(arguments["-o"] + ".json", "w") as file:
        json.dump(report, file)
