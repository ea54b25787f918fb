"""The runbooks folder: the product's own, and folders that are broken, edited or contested."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.model.action import ActionSpec
from bot.model.errors import NotFound, Problems, UserError
from bot.model.service import Catalog
from bot.runbook import folder as files
from bot.runbook import library
from bot.runbook.library import Library, check_text, load_text
from tests.runbook.healthy import CATALOG, NAMES, RUNBOOK

ROOT = Path(__file__).parents[2] / "runbooks"
FAILBACK = """\
schema: dr/v1
runbook: shop.failback
version: 1
title: Back home
owners: ["@shop-sre"]
strategy: warm
kind: failback
when: The primary region is well again.
steps:
  breathe:
    wait: { for: 5s }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A healthy folder with two runbooks."""
    place = tmp_path / "runbooks"
    (place / "shop").mkdir(parents=True)
    (place / "catalog.yaml").write_text(CATALOG)
    (place / "shop" / "failover.yaml").write_text(RUNBOOK)
    (place / "shop" / "failback.yaml").write_text(FAILBACK)
    return place


Closed = Callable[[Path], Callable[[], None]]


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Closed:
    """Takes away the right to read a file or folder, from root too; what it answers gives the right back."""
    read, listed, shut = library.bytes_of, os.scandir, set[Path]()

    def guarded(path: Path) -> None:
        if not shut.isdisjoint((path, *path.parents)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    def bytes_of(path: Path) -> bytes:
        guarded(path)
        return read(path)

    def scandir(path: Path) -> Any:
        guarded(Path(path))
        return listed(path)

    def close(path: Path) -> Callable[[], None]:
        mode = path.stat().st_mode
        path.chmod(0)
        shut.add(path)

        def open_again() -> None:
            shut.remove(path)
            path.chmod(mode)

        return open_again

    for room in (library, files):
        monkeypatch.setattr(room, "bytes_of", bytes_of)
    monkeypatch.setattr(os, "scandir", scandir)
    return close


def touch(path: Path, text: str) -> None:
    """Write, and make sure that the change is visible whatever the file system's clock."""
    path.write_text(text)
    later = time.time_ns() + 5_000_000_000
    os.utime(path, ns=(later, later))


def test_the_products_own_runbooks_are_clean(specs: dict[str, ActionSpec]) -> None:
    """Not an error, not a warning; and orders-api has its failover."""
    library = Library.load(ROOT, specs)

    assert [str(each) for each in library.problems] == []
    assert library.for_service("orders-api", "failover").ref.name == "orders-api.failover"


def test_a_healthy_folder_loads(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """Catalogue, runbooks, and where each came from."""
    library = Library.load(folder, specs)

    assert library.problems == ()
    assert list(library.runbooks) == ["shop.failback", "shop.failover"]
    assert library.find("shop.failover").path == "runbooks/shop/failover.yaml"
    assert library.find("shop.failover").text == RUNBOOK
    assert library.for_service("shop", "failover").ref.version == "3"


def test_a_folder_without_a_catalogue_is_refused(tmp_path: Path, specs: dict[str, ActionSpec]) -> None:
    """With the variable that points to it."""
    with pytest.raises(UserError, match="DR_RUNBOOKS"):
        Library.load(tmp_path, specs)


@pytest.mark.parametrize("what", [".", "catalog.yaml"])
def test_a_catalogue_that_may_not_be_read_is_refused(
    folder: Path, specs: dict[str, ActionSpec], closed: Closed, what: str
) -> None:
    """With the reason; whoever points DR_RUNBOOKS at a folder of somebody else's learns why nothing is found."""
    closed(folder / what)

    with pytest.raises(UserError, match=r"catalog\.yaml: This cannot be read: Permission denied"):
        Library.load(folder, specs)


@pytest.mark.parametrize("what", ["shop/failover.yaml", "shop"])
def test_what_may_not_be_read_is_told_before_what_follows_from_it(
    folder: Path, specs: dict[str, ActionSpec], closed: Closed, what: str
) -> None:
    """It is no empty file, and that the catalogue misses its runbook is only the consequence."""
    opened = closed(folder / what)
    books = Library.load(folder, specs)
    first, *others = books.problems

    assert (first.path, first.code) == (f"runbooks/{what}", "unreadable")
    assert "Permission denied" in first.text
    assert {each.code for each in others} == {"unknown-runbook"}
    opened()
    assert books.refresh().problems == ()


def test_a_running_bot_keeps_the_catalogue_that_it_may_not_read_any_more(
    folder: Path, specs: dict[str, ActionSpec], closed: Closed
) -> None:
    """A wrong `chmod` under it neither stops it nor empties its catalogue."""
    books = Library.load(folder, specs)
    known = set(books.catalog.services)
    closed(folder / "catalog.yaml")

    books.refresh()

    assert set(books.catalog.services) == known
    assert [each.code for each in books.problems] == ["unreadable"]


def test_a_broken_runbook_hides_no_healthy_one(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """It is listed, and refuses only when it is asked for."""
    (folder / "shop" / "failback.yaml").write_text(FAILBACK.replace("version: 1\n", ""))

    library = Library.load(folder, specs)

    assert library.find("shop.failover")
    assert [each.code for each in library.problems] == ["missing-key"]
    with pytest.raises(Problems, match=r"failback\.yaml:1:1: The key `version` is missing"):
        library.find("shop.failback")


def test_an_unknown_name_gets_the_nearest(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """A typo is answered with what was probably meant."""
    with pytest.raises(NotFound, match=r"shop\.failover"):
        Library.load(folder, specs).find("shop.failovr")


def test_a_kind_that_a_service_lacks_is_answered_with_what_it_has(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """Both for a service with some runbooks and for one with none."""
    library = Library.load(folder, specs)

    with pytest.raises(UserError, match=r"shop has no runbook for drill\. It has: failover \(shop\.failover\)"):
        library.for_service("shop", "drill")
    with pytest.raises(UserError, match="It has none yet"):
        library.for_service(library.catalog.service("search"), "failover")


def test_an_edit_is_seen(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """`refresh` loads what changed and costs next to nothing when nothing did."""
    library = Library.load(folder, specs)
    before = library.find("shop.failback")

    touch(folder / "shop" / "failback.yaml", FAILBACK.replace("version: 1", "version: 2"))
    library.refresh()

    assert library.find("shop.failback").ref.version == "2"
    assert library.find("shop.failback").ref.digest != before.ref.digest
    assert library.refresh() is library


def test_a_removed_runbook_is_gone_and_missed(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """Whatever referred to it says so."""
    library = Library.load(folder, specs)

    (folder / "shop" / "failover.yaml").unlink()
    library.refresh()

    assert "shop.failover" not in library.runbooks
    assert [each.code for each in library.problems] == ["unknown-runbook"]


def test_a_runbook_that_cannot_be_read_is_not_said_to_be_missing(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """The one complaint is about what is wrong in its file, also when it is asked for by name."""
    book = folder / "shop" / "failover.yaml"
    touch(book, book.read_text().replace("kind: failover", "kind failover"))

    library = Library.load(folder, specs)

    assert [each.code for each in library.problems] == ["not-yaml"]
    with pytest.raises(Problems, match="A colon is missing"):
        library.find("shop.failover")


def test_what_is_no_check_is_answered_with_the_checks_of_its_service(specs: dict[str, ActionSpec]) -> None:
    """Somebody who waits for a promotion finds what measures it."""
    text = RUNBOOK.replace("check: elbv2.healthy_targets", "check: aurora.failover_global_cluster")

    _, problems = check_text(text, "shop.yaml", specs)

    told = next(each.text for each in problems if each.code == "not-a-check")
    assert told.endswith("Checks of aurora are: aurora.measure_global_lag.")


def test_an_input_with_a_mistake_is_told_of_once(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """What reads it is not said to read nothing."""
    book = folder / "shop" / "failover.yaml"
    touch(book, book.read_text().replace("type: datetime", "type: date"))

    library = Library.load(folder, specs)

    assert [each.code for each in library.problems] == ["unknown-option"]


def test_a_catalogue_broken_under_a_running_bot_leaves_the_last_good_one(
    folder: Path, specs: dict[str, ActionSpec]
) -> None:
    """Services do not vanish in the middle of an incident."""
    library = Library.load(folder, specs)

    touch(folder / "catalog.yaml", "services: [oh, no")
    library.refresh()

    assert set(library.catalog.services) == {"shop", "search"}
    assert "not-yaml" in [each.code for each in library.problems]


def test_a_broken_service_hides_no_healthy_one(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """The one with the mistake is left out, and said."""
    touch(folder / "catalog.yaml", CATALOG.replace("    rto: 7d", "    rto: 7"))

    library = Library.load(folder, specs)

    assert list(library.catalog.services) == ["shop"]
    assert [each.code for each in library.problems] == ["wrong-value"]


def test_whoever_asks_for_a_service_with_a_mistake_is_told_the_mistake(
    folder: Path, specs: dict[str, ActionSpec]
) -> None:
    """And not that there is no such service; mistakes of others are not repeated."""
    broken = CATALOG.replace("    rto: 7d", "    rto: 7").replace('groups: ["@directors"] }', 'groups: "@directors" }')
    touch(folder / "catalog.yaml", broken)

    library = Library.load(folder, specs)

    with pytest.raises(Problems, match=r"7 has no unit") as refused:
        library.catalog.service("search")
    assert len(refused.value.problems) == 1
    with pytest.raises(Problems, match=r"groups"):
        library.catalog.person("ben")
    with pytest.raises(NotFound):
        library.catalog.service("serch")


def test_whoever_asks_while_the_catalogue_cannot_be_read_is_told_why(
    folder: Path, specs: dict[str, ActionSpec]
) -> None:
    """A fresh process has no last good one: then every service is hidden by what is wrong with the file."""
    touch(folder / "catalog.yaml", "services: [oh, no")

    library = Library.load(folder, specs)

    with pytest.raises(Problems, match=r"catalog\.yaml:1:"):
        library.catalog.service("shop")
    assert {each.path for each in library.problems} == {"runbooks/catalog.yaml"}


@pytest.mark.parametrize("rule", ["deny:\n  - { action: 7 }\n", "freezes:\n  - { why: x }\n"])
def test_a_broken_rule_that_forbids_sets_nothing_free(folder: Path, specs: dict[str, ActionSpec], rule: str) -> None:
    """Leaving a broken rule out would allow what it forbade: the last good catalogue stays, else none."""
    library = Library.load(folder, specs)
    touch(folder / "catalog.yaml", f"{CATALOG}\n{rule}")

    library.refresh()
    afresh = Library.load(folder, specs)

    assert library.catalog.services
    assert not afresh.catalog.services
    assert any(each.level == "error" for each in afresh.problems)


def test_half_a_person_is_nobody(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """Somebody whose groups cannot be read may decide nothing until the catalogue is mended."""
    touch(folder / "catalog.yaml", CATALOG.replace('groups: ["@directors"] }', 'groups: "@directors" }'))

    library = Library.load(folder, specs)

    assert set(library.catalog.people) == {"ann", "cat"}
    assert [each.code for each in library.problems if each.level == "error"] == ["wrong-type"]


def test_one_version_never_has_two_contents(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """Two files that claim one version with different content are both named, and the name is refused."""
    (folder / "shop" / "copy.yaml").write_text(FAILBACK.replace("5s", "6s"))

    library = Library.load(folder, specs)

    assert {each.path for each in library.problems} == {"runbooks/shop/copy.yaml", "runbooks/shop/failback.yaml"}
    with pytest.raises(Problems, match="A version never changes"):
        library.find("shop.failback")


def test_the_newest_version_is_found(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """Versions may stand side by side."""
    (folder / "shop" / "failback_2.yaml").write_text(FAILBACK.replace("version: 1", "version: 10"))
    (folder / "shop" / "failback_3.yaml").write_text(FAILBACK.replace("version: 1", "version: 9"))

    library = Library.load(folder, specs)

    assert library.problems == ()
    assert library.find("shop.failback").ref.version == "10"


def test_the_digest_is_of_the_content(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """Comments, quotes, spacing and the order of keys do not count; any value does."""
    same = "# a word\n" + FAILBACK.replace("title: Back home\n", "").replace("kind:", 'title:   "Back home"\nkind:')
    other = FAILBACK.replace("5s", "6s")

    first, second, third = (load_text(text, "x.yaml", specs, catalog).ref.digest for text in (FAILBACK, same, other))

    assert first == second
    assert first != third
    assert len(first) == 64


def test_hidden_folders_are_not_read(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """What editors and git keep there is no runbook."""
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yaml").write_text("no: runbook")

    assert Library.load(folder, specs).problems == ()


def test_the_commit_is_known_and_edits_show(folder: Path, specs: dict[str, ActionSpec]) -> None:
    """HEAD when the folder is as committed, with a plus when it is not, and nothing outside git."""
    outside = Library.load(folder, specs).commit
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    clean = Library.load(folder, specs).commit
    touch(folder / "catalog.yaml", CATALOG + "# edited\n")

    assert outside == ""
    assert clean == head
    assert Library.load(folder, specs).find("shop.failover").ref.commit == f"{head}+"


def test_a_large_runbook_is_checked_in_good_time(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """400 steps in a chain, each with an expression over the one above, take well under a second."""
    steps = "".join(
        f"  s{n}:\n    needs: [{f's{n - 1}' if n else ''}]\n    uses: http.probe\n"
        f'    with: {{ url: "http://x/${{{{ steps.s{n - 1}.outputs.status }}}}" }}\n'
        for n in range(1, 400)
    )
    text = (
        FAILBACK.partition("steps:")[0] + "steps:\n  s0:\n    uses: http.probe\n    with: { url: http://x }\n" + steps
    )

    began = time.thread_time()
    _, problems = check_text(text, "x.yaml", specs, catalog, NAMES)

    assert problems == []
    assert time.thread_time() - began < 1.5


def test_too_many_steps_are_refused(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """501 steps are one too many."""
    text = (
        FAILBACK.partition("steps:")[0] + "steps:\n" + "".join(f"  s{n}: {{wait: {{for: 1s}}}}\n" for n in range(501))
    )

    _, problems = check_text(text, "x.yaml", specs, catalog, NAMES)

    assert [each.code for each in problems] == ["too-many-steps"]
