"""Runs inside Valhalla's own environment: times its calls in process, on request.

Started as `python _valhalla_worker.py <config.json>`. One JSON object a line on standard input
(`{"call": "route", "requests": [...]}`), one on standard output: milliseconds of each call,
sizes of the answers, how many failed, and the resident memory of this process. Needs nothing
of Esik, because Esik's environment has another Python.
"""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import valhalla


def main() -> None:
    """Answer until standard input ends."""
    actor: Any = valhalla.Actor(Path(sys.argv[1]))
    for line in sys.stdin:
        order = json.loads(line)
        call = getattr(actor, order["call"])
        times, sizes, failed = [], [], 0
        for request in order["requests"]:
            text = json.dumps(request)
            begun = time.perf_counter()
            try:
                answer = call(text)
            except RuntimeError:
                failed += 1
                times.append(None)
                continue
            times.append((time.perf_counter() - begun) * 1000)
            sizes.append(len(answer))
        found = {
            "ms": times,
            "bytes": statistics.median(sizes) if sizes else 0,
            "failed": failed,
            "rss_mb": _rss_mb(),
        }
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def _rss_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
