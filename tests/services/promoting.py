"""A process that promotes datasets, each in a fork that stops at every event until told to go on.

Importing once and forking is what keeps these tests short.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import httpx  # noqa: F401 - loaded before the forks, not in each of them

import atdata_nb as at
from atdata_nb import flows


def say(**told: Any) -> None:
    print(json.dumps(told), flush=True)  # noqa: T201 - who runs it reads it


def promote(job: dict[str, Any]) -> None:
    client = at.AtmosphereClient(job["server"], plc_url=job["plc"])
    client.login_with_session(job["session"])
    index = at.LocalIndex(job["home"], redis=job.get("redis"))

    def stop(event: flows.Event) -> None:
        say(pid=os.getpid(), **event.to_dict())
        sys.stdin.readline()

    where = {"place": "s3", "store": at.S3DataStore(**job["store"])} if job.get("store") else {}
    flows.plan_promote("digits", index=index, client=client, **where).run(stop)


def main() -> None:
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            promote(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
