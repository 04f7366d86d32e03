"""What a command and everything that it starts took: for commands whose processes nobody waits for, as those of Spark."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def in_session(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, float, float, float]:
    """Exit code, wall seconds, processor seconds and megabytes of the largest process, of all processes of one session.

    Read from /proc twice a second: what a process did after the last look is not counted.
    """
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    used: dict[int, float] = {}
    largest = 0.0
    ended = threading.Event()

    def look() -> None:
        nonlocal largest
        while not ended.wait(0.5):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    fields = (folder / "stat").read_text("ascii").rpartition(")")[2].split()
                    if int(fields[3]) != process.pid:
                        continue
                    used[int(folder.name)] = (int(fields[11]) + int(fields[12])) / _TICKS
                    peak = next(
                        line
                        for line in (folder / "status").read_text("utf-8").splitlines()
                        if "VmHWM" in line
                    )
                except (OSError, StopIteration, ValueError, IndexError):
                    continue
                largest = max(largest, float(peak.split()[1]) / 1e3)

    looking = threading.Thread(target=look)
    looking.start()
    code = process.wait()
    ended.set()
    looking.join()
    return code, time.perf_counter() - begun, sum(used.values()), largest
