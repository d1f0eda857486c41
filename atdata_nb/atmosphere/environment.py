"""Environment: which network its variables name."""

from __future__ import annotations

import os

from atdata_nb.atmosphere.client import AtmosphereClient
from atdata_nb.atmosphere.identity import PUBLIC_PLC


def connect() -> AtmosphereClient:
    """Return a client of the network that the environment names: the public one, if none."""
    plc = os.environ.get("ATDATA_NB_PLC_URL") or PUBLIC_PLC
    return AtmosphereClient(os.environ.get("ATDATA_NB_PDS_URL") or None, plc_url=plc)
