"""What a process takes from its start to its end. Run as a script of its own, `python -S measure.py REPORT COMMAND…`:
the peak of a child counts from its parent's size on, so its parent has to be small."""

from __future__ import annotations

import json
import os
import sys
import time


def main(report: str, command: list[str]) -> int:
    """Run a command, write to `report` what it took, and exit as it did. Processor time is that of the process and of
    all its children that it waited for; the peak is that of the largest of them."""
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    took = {"wall": time.perf_counter() - began, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}
    code = os.waitstatus_to_exitcode(status)
    with open(report, "w") as file:  # noqa: PTH123 (pathlib is half the size of this process)
        json.dump({**took, "exit": code}, file)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
