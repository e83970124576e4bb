"""The shelf: bundles appear whole or not at all, are checked byte by byte, and leave in one step."""

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from shopkeeper.bundle import Bundle, BundleShelf, Manifest, read_manifest
from shopkeeper.error import BundleError, NotFound

EMPTY = Manifest(
    bundle_id="b1",
    created="2024-04-01T00:00:00.000000+00:00",
    code_version="9.8",
    as_of=1,
    change=2,
    fingerprint="f",
    recipe="r",
    encoder="e",
    model_version="m",
    catalogue_version="2",
    sources={},
    pipelines={},
)


def fill(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "one.bin").write_bytes(b"12345")
    (folder / "deep" / "two.bin").write_bytes(b"67")


def write(shelf: BundleShelf, bundle_id: str, created: int = 0) -> Bundle:
    return shelf.write(replace(EMPTY, bundle_id=bundle_id, created=f"2024-04-01T00:00:{created:02}"), fill)


@pytest.fixture
def shelf(tmp_path: Path) -> BundleShelf:
    return BundleShelf(tmp_path / "bundles")


def test_a_bundle_comes_back_as_it_was_written(shelf: BundleShelf) -> None:
    written = write(shelf, "b1")
    assert shelf.verify("b1") == written
    assert shelf.open("b1").manifest == written.manifest
    assert {name: member.size for name, member in written.manifest.files.items()} == {"one.bin": 5, "deep/two.bin": 2}
    sha256 = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5"  # of 12345, by sha256sum
    assert written.manifest.files["one.bin"].sha256 == sha256


def test_a_shelf_that_is_not_there_is_empty(shelf: BundleShelf) -> None:
    assert shelf.bundles() == []
    assert shelf.prune(1, set()) == []
    with pytest.raises(NotFound, match=r"'b1'.*bundle list"):
        shelf.open("b1")


@pytest.mark.parametrize("bundle_id", ["", ".", "..", "../bundles", "b1/deep", ".draft-x", "/"])
def test_an_id_names_a_bundle_and_no_other_folder(shelf: BundleShelf, bundle_id: str) -> None:
    write(shelf, "b1")
    (shelf.folder / ".draft-x").mkdir()
    (shelf.folder / ".draft-x" / "manifest.json").write_text((shelf.folder / "b1" / "manifest.json").read_text())
    with pytest.raises(NotFound):
        shelf.open(bundle_id)


def test_a_bundle_that_cannot_be_filled_leaves_nothing(shelf: BundleShelf) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        shelf.write(EMPTY, fail)
    assert list(shelf.folder.iterdir()) == []


def test_a_bundle_is_not_seen_before_it_is_whole(shelf: BundleShelf) -> None:
    seen: list[list[Bundle]] = []

    def look(folder: Path) -> None:
        fill(folder)
        seen.append(shelf.bundles())

    shelf.write(EMPTY, look)
    assert seen == [[]]
    assert [bundle.bundle_id for bundle in shelf.bundles()] == ["b1"]


@pytest.mark.parametrize("name", ["one.bin", "deep/two.bin"])
def test_a_changed_byte_is_found(shelf: BundleShelf, name: str) -> None:
    path = write(shelf, "b1").folder / name
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=f"{name} was changed.*rollback"):
        shelf.verify("b1")


def test_a_missing_and_a_truncated_file_are_found(shelf: BundleShelf) -> None:
    (write(shelf, "b1").folder / "one.bin").unlink()
    with pytest.raises(BundleError, match=r"lacks one\.bin"):
        shelf.verify("b1")
    (write(shelf, "b2").folder / "one.bin").write_bytes(b"1234")
    with pytest.raises(BundleError, match=r"one\.bin was changed"):
        shelf.verify("b2")


def test_a_bundle_of_another_format_is_refused_by_name(shelf: BundleShelf) -> None:
    path = write(shelf, "b1").folder / "manifest.json"
    values = json.loads(path.read_text()) | {"format_version": 99, "unheard_of": [1]}
    path.write_text(json.dumps(values))
    with pytest.raises(BundleError, match=r"b1 has format 99; this version reads 1.*9\.8"):
        shelf.open("b1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"format_version": 1}',
        b'{"format_version": 1, "sources": [], "pipelines": {}, "files": {}}',
        b"\xff\xfe\x00",
    ],
)
def test_a_damaged_manifest_is_an_error_with_words_and_hides_no_other_bundle(
    shelf: BundleShelf, content: bytes
) -> None:
    for number, bundle_id in enumerate(("old", "damaged", "new")):
        write(shelf, bundle_id, number)
    (shelf.folder / "damaged" / "manifest.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"damaged|Train again"):
        read_manifest(shelf.folder / "damaged")
    assert [bundle.bundle_id for bundle in shelf.bundles()] == ["new", "old"]
    assert shelf.prune(1, set()) == ["old"]


def test_prune_keeps_the_newest_and_the_published(shelf: BundleShelf) -> None:
    for number, bundle_id in enumerate(("a", "b", "c", "d")):
        write(shelf, bundle_id, number)
    assert shelf.prune(2, {"a"}) == ["b"]
    assert [bundle.bundle_id for bundle in shelf.bundles()] == ["d", "c", "a"]
    assert sorted(path.name for path in shelf.folder.iterdir()) == ["a", "c", "d"]


def test_two_that_prune_at_once_do_not_trip_over_each_other(shelf: BundleShelf) -> None:
    for number in range(40):
        write(shelf, f"b{number:02}", number)
    trouble: list[BaseException] = []

    def prune() -> None:
        try:
            shelf.prune(1, set())
        except BaseException as problem:
            trouble.append(problem)

    threads = [threading.Thread(target=prune) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    assert [path.name for path in shelf.folder.iterdir()] == ["b39"]


def test_what_a_kill_left_is_swept_when_it_is_old(shelf: BundleShelf) -> None:
    write(shelf, "b1")
    for name, age in (("old", 2 * 3600), ("fresh", 60)):
        draft = shelf.folder / f".draft-{name}"
        draft.mkdir()
        (draft / "half").write_bytes(b"x")
        os.utime(draft, (time.time() - age,) * 2)
    assert [bundle.bundle_id for bundle in shelf.bundles()] == ["b1"]
    write(shelf, "b2", 1)
    assert sorted(path.name for path in shelf.folder.iterdir()) == [".draft-fresh", "b1", "b2"]
