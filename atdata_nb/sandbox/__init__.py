"""Sandbox: a whole AT Protocol network on this machine, to practise on and to test with.

>>> from atdata_nb.sandbox import Sandbox
>>> Sandbox(pds=2)
Sandbox(not running)
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from atdata_nb.sandbox.accounts import Account
from atdata_nb.sandbox.install import install
from atdata_nb.sandbox.local_network import Sandbox, sandbox

__all__ = ["Account", "Sandbox", "install", "sandbox"]


class _Callable(ModuleType):
    def __call__(self, **options: Any) -> Sandbox:
        return sandbox(**options)


# at.sandbox is this module as soon as anything imports it; at.sandbox(pds=2) has to work all the
# same.
sys.modules[__name__].__class__ = _Callable
