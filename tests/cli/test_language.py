"""A terminal speaks the language that is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.language import asked_language, in_language
from bot.language import spoken
from tests.cli.rooms import Terminal

KOREAN = {"LANG": "ko_KR.UTF-8"}


@pytest.mark.parametrize(
    ("args", "environment", "language", "words"),
    [
        (["runs"], {}, "en", ["runs"]),
        (["runs"], KOREAN, "ko", ["runs"]),
        (["runs"], {**KOREAN, "LC_ALL": "C.UTF-8"}, "en", ["runs"]),
        (["runs"], {"LC_ALL": "", "LC_MESSAGES": "ko_KR"}, "ko", ["runs"]),
        (["--lang", "ko", "runs"], {}, "ko", ["runs"]),
        (["export", "orders-api", "--lang=ko", "-o", "out"], {}, "ko", ["export", "orders-api", "-o", "out"]),
        (["runs", "--lang", "en"], KOREAN, "en", ["runs"]),
        (["runs", "--lang", "fr"], KOREAN, "en", ["runs"]),
        (["note", "orders-api", "--", "--lang", "ko"], {}, "en", ["note", "orders-api", "--", "--lang", "ko"]),
        (["runs", "--lang"], {}, "en", ["runs"]),
    ],
)
def test_the_option_wins_over_the_environment(
    args: list[str], environment: dict[str, str], language: str, words: list[str]
) -> None:
    """`--lang` counts wherever it stands, then LC_ALL, LC_MESSAGES and LANG; English for anything else."""
    with in_language(args, environment) as rest:
        said = spoken()

    assert (said, rest) == (language, words)
    assert (spoken(), asked_language.get()) == ("en", None)


def test_a_mistake_is_told_in_the_language_that_was_asked_for(dr: Terminal) -> None:
    """The sentence on stderr is Korean, the exit code is not."""
    asked = dr("--lang", "ko", "actions", "rds.reboot_it")
    english = dr("actions", "rds.reboot_it")

    assert (asked.code, english.code) == (1, 1)
    assert "작업이 없습니다" in asked.err
    assert english.err.startswith("There is no action called 'rds.reboot_it'.")


def test_the_doctor_speaks_korean_to_people_and_english_to_scripts(
    dr: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was seen and what to do are Korean on the page; a script reads the same words whoever runs it."""
    monkeypatch.setenv("DR_RUNBOOKS", str(tmp_path / "nowhere"))
    monkeypatch.setenv("DR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")

    page = dr("--lang", "ko", "doctor")
    script = dr("--lang", "ko", "doctor", "--json")

    assert "REDIS_URL(" in page.out
    assert "DR_RUNBOOKS를 catalog.yaml이 있는 폴더로" in page.out
    assert {each["name"]: each["remedy"] for each in json.loads(script.out)}["redis"].startswith("Check REDIS_URL")


def test_a_lint_is_korean_for_people_and_english_for_scripts(dr: Terminal, tmp_path: Path) -> None:
    """Where it stands and what to write are told in the reader's language; the codes and keys are everybody's."""
    book = tmp_path / "failover.yaml"
    book.write_text('schema: dr/v1\nrunbook: a.failover\nversion: "1"\ntitel: Fail over\nkind: failover\n')

    page = dr("--lang", "ko", "lint", str(book))
    script = dr("--lang", "ko", "lint", str(book), "--json")

    assert "알 수 없는 키 `titel`입니다. `title`을 찾으셨습니까?" in page.out
    assert "Unknown key `titel`. Did you mean `title`?" in [each["text"] for each in json.loads(script.out)]
