from __future__ import annotations

import subprocess
import sys

# Threads that take turns as often as they can: what is built at the first look, all look at.
PROGRAM = """
import sys, threading
sys.setswitchinterval(1e-6)
from atdata_nb.manifests.manifest import Manifest, Sidecar, Stretch

stretch = Stretch(0, 1, 1)
told = Manifest("ab", 1024, 1, sidecar=Sidecar(10, "cd", stretch, {})).encode()
together = threading.Barrier(16)
found = []

def read():
    together.wait()
    found.append(Manifest.decode(told).sidecar.footer == stretch)

threads = [threading.Thread(target=read) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert found == [True] * 16, found
"""


def test_many_threads_read_the_first_manifests_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
