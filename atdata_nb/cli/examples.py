"""Examples: what each command's help shows, and `docs/cli.md` too."""

from __future__ import annotations

from typing import Final

# By the words of the command; what comes after each line begins with the program's name.
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "lab": ("lab", "lab ~/work --no-browser --port 9000", "lab --tour"),
    "demo": ("demo", "--index try-it demo", "demo --json"),
    "ls": ("ls", "ls handwritten digits", "ls --json --limit 5", "ls @alice.example.org"),
    "show": ("show digits", "show wine@1.0.0 --json", "show @alice.example.org/digits"),
    "preview": ("preview digits", "preview wine --rows 20", "preview shards/train-000000.tar"),
    "describe": ("describe wine", "describe digits --limit 500", "describe wine --json"),
    "schema show": ("schema Digit", "schema Wine@1.0.0 --json"),
    "schema diff": ("schema diff Wine@1.0.0 Wine@1.1.0",),
    "import": ("import ~/.atdata/index.db", "import redis://localhost:6379/0"),
    "publish": (
        "publish shards/ --name digits --license CC-BY-4.0",
        "publish photos/ --name photos --dry-run",
        "publish measurements.csv --name measurements",
    ),
    "promote": ("promote digits --dry-run", "promote digits --license CC-BY-4.0 --tag images"),
    "resume": ("resume --dry-run", "resume", "resume --roll-back"),
    "verify": ("verify digits", "verify @alice.example.org/digits --json"),
    "login": ("login alice.example.org", "login alice.example.org --password-stdin < password.txt"),
    "logout": ("logout",),
    "whoami": ("whoami", "whoami --json"),
    "sandbox up": ("sandbox up", "sandbox up --pds 2"),
    "sandbox status": ("sandbox status --json",),
    "sandbox down": ("sandbox down",),
    "local up": ("local up", "local up redis --redis-port 6380"),
    "local status": ("local status",),
    "local down": ("local down",),
    "diagnose": ("diagnose", "diagnose --s3 team-data --credentials .env"),
    "version": ("version", "version --json"),
}


def examples_of(command: str) -> tuple[str, ...]:
    """Return whole command lines.

    >>> examples_of("logout")
    ('atdata-nb logout',)
    """
    return tuple(f"atdata-nb {line}" for line in EXAMPLES.get(command, ()))


def epilog(command: str) -> str | None:
    """Return the end of a command's help."""
    lines = examples_of(command)
    # Each its own paragraph, or the help would join them into one.
    return "\n\n".join(("Examples:", *(f"  {line}" for line in lines))) if lines else None
