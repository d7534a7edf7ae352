"""Runs the peers' real packages on the recorded streams: `python peers.py <folder>`; one JSON line per run goes to stdout.

The folder holds manifest.json and, for every case, its arrays; all counting of requests starts after the warm ones.
"""

import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"
warnings.filterwarnings("ignore")

import peers_alibi
import peers_evidently
import peers_kayenta
import peers_river
import peers_scipy
from stream import Case

FAMILIES = (peers_river, peers_alibi, peers_evidently, peers_scipy, peers_kayenta)
PACKAGES = ("river", "alibi-detect", "evidently", "scipy", "numpy", "pandas", "numba")


def say(**line):
    print(json.dumps(line), flush=True)


def main(folder: Path):
    manifest = json.loads((folder / "manifest.json").read_text())
    for family in FAMILIES:
        family.check()
    methods = [method for family in FAMILIES for method in family.methods(short=manifest["short"])]
    say(kind="python", versions={name: version(name) for name in PACKAGES}, python=sys.version.split()[0])
    for method in methods:
        say(kind="method", name=method.name, package=method.package, settings=method.settings)
    seconds = dict.fromkeys((method.name for method in methods), 0.0)
    for number, described in enumerate(manifest["cases"], 1):
        case = Case(folder, described, warm=manifest["warm"])
        print(f"peers: case {number}/{len(manifest['cases'])} {case.name}", file=sys.stderr, flush=True)
        for method in methods:
            began = time.perf_counter()
            for run in case.runs_for(method):
                say(kind="alarm", case=case.name, method=method.name, run=run.number, at=method.first_alarm(run))
            seconds[method.name] += time.perf_counter() - began
    for name, spent in seconds.items():
        print(f"peers: {spent:7.1f} s {name}", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
