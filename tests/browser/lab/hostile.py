"""A cell that makes an index in which everything a stranger can say is an attack.

Whatever runs, it raises the alarm: `window.__alarm`, the page's title, or a dialog.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import atdata_nb as at
from atdata_nb.shards import write_shard

ALARM = "(window.__alarm=window.__alarm||[]).push(1);document.title='alarm';alert(1)"
ATTACKS = [
    f"<script>{ALARM}</script>",
    f'<img src=x onerror="{ALARM}">',
    f'"><svg onload="{ALARM}">',
    f"'><iframe srcdoc='<script>parent.{ALARM}</script>'></iframe>",
    f"javascript:{ALARM}",
    f"[here](javascript:{ALARM})",
    "</td></tr></table></div></style></script><style>*{display:none!important}</style>",
    "\u202eright to left\u2066\u2067 and \x00 null \x07\x1b[31m \ufeff\u200b",
    "{{ 7 * 7 }} ${alarm} %s",
    "W" * 100_000,
]
EVIL = " ".join(ATTACKS)
PIXELS = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)


def evil_sample() -> at.DictSample:
    fields = {attack: attack for attack in ATTACKS}
    nested = {attack: [attack, {attack: None}] for attack in ATTACKS}
    return at.DictSample({**fields, "nested": nested, "pixels": PIXELS, "data": EVIL.encode()})


class EvilEntry:
    """An entry of somebody else's index."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.schema_ref = EVIL
        self.data_urls = [f"javascript:{ALARM}", *ATTACKS]
        self.description = self.license = self.version = self.created_at = EVIL
        self.handle = self.author = EVIL
        self.tags = ATTACKS
        self.metadata = {attack: [attack, {attack: attack}] for attack in ATTACKS}

    def dataset(self) -> at.Dataset[Any]:
        return at.Dataset("evil.tar", name=EVIL)


class EvilIndex:
    """Somebody else's index: nothing but the protocol's methods."""

    data_store = None

    @property
    def datasets(self) -> Iterator[EvilEntry]:
        return iter(self.list_datasets())

    def list_datasets(self) -> list[EvilEntry]:
        return [EvilEntry(f"evil {place} {attack}") for place, attack in enumerate(ATTACKS)]

    def get_dataset(self, ref: str) -> EvilEntry:
        return next(entry for entry in self.list_datasets() if entry.name == ref)

    @property
    def schemas(self) -> Iterator[dict[str, Any]]:
        return iter(self.list_schemas())

    def list_schemas(self) -> list[dict[str, Any]]:
        return [self.get_schema("")]

    def get_schema(self, ref: str) -> dict[str, Any]:
        return {
            "name": ref or EVIL,
            "version": "1.0.0",
            "description": EVIL,
            "fields": [
                {
                    "name": attack,
                    "fieldType": {"$type": "local#primitive", "primitive": "str"},
                    "optional": False,
                    "description": attack,
                    "default": attack,
                }
                for attack in ATTACKS
            ],
        }

    def decode_schema(self, _ref: str) -> type[at.DictSample]:
        return at.DictSample

    def __repr__(self) -> str:
        return "EvilIndex()"


write_shard("evil.tar", [evil_sample() for _ in range(3)])
evil = EvilIndex()
entry = evil.list_datasets()[0]
huge = EvilEntry("huge")
huge.description = huge.license = "W" * 10_000_000
huge.tags = [huge.description] * 3
columns = {attack: [attack] for attack in ATTACKS[:-1]}
frame = pd.DataFrame({**columns, "huge": [huge.description], "pixels": [PIXELS]})
