"""URL policy: who may name which shard, and what patterns stand for."""

from __future__ import annotations

import contextlib
from pathlib import Path

import braceexpand
import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata_nb as at
from atdata_nb.errors import PatternError, UnsafeUrlError
from atdata_nb.shards import URLSource, check_url, expand, expand_braces
from atdata_nb.shards.urls import MAX_EXPANSION

COMMANDS = [
    "pipe:touch /tmp/owned",
    "PIPE:touch /tmp/owned",
    "Pipe:cat x.tar",
    "ftp://example.org/a.tar",
    "hf://bucket/a.tar",
    "hf://x/a.tar",
    "ais://x",
    "scp://host/a.tar",
    "data:application/x-tar;base64,AAAA",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("url", COMMANDS)
@pytest.mark.parametrize("trusted", [True, False])
def test_nothing_but_paths_and_known_schemes_is_ever_opened(url: str, trusted: bool) -> None:  # noqa: FBT001
    """TRAPS S1."""
    with pytest.raises(UnsafeUrlError):
        check_url(url, trusted=trusted)
    with pytest.raises(UnsafeUrlError):
        URLSource(url, trusted=trusted)


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    "pattern",
    [
        "{pipe,x}:touch y",
        "{pipe:touch y,https://example.org/a.tar}",
        "{p,q}ipe:touch y",
        "pip{e..f}:touch y",
        "{https://example.org/a,pipe:b}.tar",
    ],
)
def test_a_pattern_does_not_hide_a_command(pattern: str, trusted: bool) -> None:  # noqa: FBT001
    """TRAPS S1."""
    with pytest.raises(UnsafeUrlError):
        URLSource(pattern, trusted=trusted).list_shards()


def test_a_dataset_of_a_command_is_refused_before_anything_runs(tmp_path: Path) -> None:
    """TRAPS S1."""
    mark = tmp_path / "owned"
    for url in (f"pipe:touch {mark}", f"{{pipe:touch {mark},{tmp_path}}}", f" pipe:touch {mark}"):
        with pytest.raises((UnsafeUrlError, FileNotFoundError)):
            list(at.Dataset(url))
    assert not mark.exists()


LOCAL = [
    "/etc/passwd",
    "data/a.tar",
    "../a.tar",
    "~/a.tar",
    "a.tar",
    "",
    " ",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "FILE:///etc/passwd",
    "C:\\data\\a.tar",
    "\\\\server\\share\\a.tar",
    "//example.org/a.tar",
    "{/etc/passwd,https://example.org/a.tar}",
    "https:{/,x}/example.org/a.tar/../../..",
]


@pytest.mark.parametrize("url", LOCAL[:-1])
def test_a_record_cannot_name_a_local_file(url: str) -> None:
    """TRAPS S1 and S9."""
    with pytest.raises(UnsafeUrlError):
        URLSource(url, trusted=False).list_shards()


HOSTS = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "x.localhost",
    "printer.local",
    "metadata.google.internal",
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "0",
    "0.0.0.0",  # noqa: S104 - refused, not bound
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fd00::1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "user:password@127.0.0.1",
    "example.org@127.0.0.1",
    "127.0.0.1:8080",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "localhost%00.example.org",
    "loc%61lhost",
    "",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_record_cannot_reach_this_machine_or_its_network(host: str, scheme: str) -> None:
    with pytest.raises(UnsafeUrlError):
        check_url(f"{scheme}://{host}/a.tar", trusted=False)


@pytest.mark.parametrize(
    "url", ["http:/127.0.0.1/a", "https:127.0.0.1", "http:///a", "http://[::1"]
)
def test_a_record_s_url_without_a_proper_host_is_refused(url: str) -> None:
    with pytest.raises(UnsafeUrlError):
        check_url(url, trusted=False)


def test_control_characters_and_backslashes_do_not_move_the_host() -> None:
    for url in (
        "https://example.org\\@127.0.0.1/a.tar",
        "https://127.0.0.1\\@example.org/a.tar",
        "https://exam\nple.org/a.tar",
        "https://127.0.0.1\t/a.tar",
        "\x00https://127.0.0.1/a.tar",
    ):
        with pytest.raises(UnsafeUrlError):
            check_url(url, trusted=False)


def test_a_host_that_the_user_allowed_may_be_read() -> None:
    url = "http://localhost:8080/a.tar"
    assert check_url(url, trusted=False, allow_hosts=["localhost"]) == url
    with pytest.raises(UnsafeUrlError):
        check_url("http://127.0.0.1/a.tar", trusted=False, allow_hosts=["localhost"])


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.tar",
        "http://8.8.8.8/a.tar",
        "https://[2606:4700::1111]/a.tar",
        "s3://bucket/a-{000..002}.tar",
        "at://did:plc:x/blob/bafkrei",
        "https://müller.example/a.tar",
    ],
)
def test_a_record_may_name_remote_data(url: str) -> None:
    assert check_url(url, trusted=False) == url
    assert check_url(url, trusted=True) == url


def test_what_the_user_types_may_be_local() -> None:
    for url in ("a.tar", "/x/a.tar", "file:///x/a.tar", "http://localhost/a.tar", "C:/a.tar"):
        assert check_url(url, trusted=True) == url


# ---- patterns ------------------------------------------------------------------------------------

pieces = st.one_of(
    st.text("abc-_/.:0", max_size=4),
    st.lists(st.text("abz019-", min_size=1, max_size=3), min_size=2, max_size=4).map(
        lambda items: "{" + ",".join(items) + "}"
    ),
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda ab: f"{{{ab[0]}..{ab[1]}}}"),
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(
        lambda ab: f"{{{ab[0]:03d}..{ab[1]:03d}}}"
    ),
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 5)).map(
        lambda abc: f"{{{abc[0]}..{abc[1]}..{abc[2]}}}"
    ),
    st.sampled_from(["{a..e}", "{x{1,2},y}", "{a,b{c,d}}", "{{a,b},c}"]),
)


@given(st.lists(pieces, max_size=3).map("".join))
def test_patterns_stand_for_what_they_stand_for_elsewhere(pattern: str) -> None:
    assert expand_braces(pattern) == list(braceexpand.braceexpand(pattern))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a", ["a"]),
        ("{a}", ["{a}"]),
        ("{}", ["{}"]),
        ("{a", ["{a"]),
        ("a}", ["a}"]),
        ("{a,}", ["a", ""]),
        ("{2..0}", ["2", "1", "0"]),
        ("{08..10}", ["08", "09", "10"]),
        ("{0..10..5}", ["0", "5", "10"]),
        ("{c..a}", ["c", "b", "a"]),
        ("{-1..1}", ["-1", "0", "1"]),
        ("{1..x}", ["{1..x}"]),
    ],
)
def test_known_patterns(pattern: str, expected: list[str]) -> None:
    assert expand_braces(pattern) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "{0..999999999}",
        "{0..999}{0..999}",
        "{a,b}" * 40,
        "{0..99999999999999999999999}",
        "{0..9..0}",
        "{{0..9},{0..9}}" * 9,
        "{" + "a," * 200_000 + "a}",
    ],
    ids=range(7),
)
def test_a_pattern_of_too_many_is_refused_before_it_fills_the_memory(pattern: str) -> None:
    with pytest.raises(PatternError):
        expand_braces(pattern)


@given(st.text("{},.0123a", max_size=40))
def test_any_text_expands_or_is_refused(text: str) -> None:
    with contextlib.suppress(PatternError):
        assert 1 <= len(expand_braces(text)) <= MAX_EXPANSION


def test_deeply_nested_braces_end_in_time() -> None:
    for pattern in ("{" * 2000, "{" * 300 + "a,b" + "}" * 300, "{a,{b," * 200, "{,}" * 12):
        with contextlib.suppress(PatternError):
            expand_braces(pattern)


def test_globs_are_for_files_of_this_machine_and_sorted(tmp_path: Path) -> None:
    for name in ("b.tar", "a.tar", "c.txt"):
        (tmp_path / name).touch()
    assert expand(f"{tmp_path}/*.tar") == [f"{tmp_path}/a.tar", f"{tmp_path}/b.tar"]
    assert expand("https://example.org/*.tar") == ["https://example.org/*.tar"]


def test_a_shard_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.tar").touch()
    source = URLSource([f"{tmp_path}/a.tar", f"{tmp_path}/*.tar"])
    assert source.list_shards() == [f"{tmp_path}/a.tar"]
