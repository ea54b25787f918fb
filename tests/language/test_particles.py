"""Which particle follows a word in Korean."""

from __future__ import annotations

import pytest

from bot.language import _, in_english, speaking
from bot.language.particles import followed_by


@pytest.mark.parametrize(
    ("word", "pair", "said"),
    [
        ("실행", "을/를", "실행을"),
        ("장애 조치", "을/를", "장애 조치를"),
        ("훈련", "이/가", "훈련이"),
        ("페일백", "은/는", "페일백은"),
        ("복원", "으로/로", "복원으로"),
        ("서울", "으로/로", "서울로"),
        ("서울", "을/를", "서울을"),
        ("카드", "으로/로", "카드로"),
        ("us-west-2", "을/를", "us-west-2를"),
        ("us-east-1", "으로/로", "us-east-1로"),
        ("us-east-1", "을/를", "us-east-1을"),
        ("버전 3", "이/가", "버전 3이"),
        ("버전 4", "이/가", "버전 4가"),
        ("10", "과/와", "10과"),
        ("7", "으로/로", "7로"),
        ("orders-api", "은/는", "orders-api는"),
        ("rollback", "을/를", "rollback을"),
        ("failover", "을/를", "failover를"),
        ("ecs.set_desired_count", "으로/로", "ecs.set_desired_count로"),
        ("endpoint", "이/가", "endpoint가"),
        ("network", "은/는", "network는"),
        ("snapshot", "을/를", "snapshot을"),
        ("table", "으로/로", "table로"),
        ("ECS", "이/가", "ECS가"),
        ("RDS", "을/를", "RDS를"),
        ("RAM", "을/를", "RAM을"),
        ("URL", "으로/로", "URL로"),
        ("x", "이/가", "x가"),
        ("“api 확장”", "이/가", "“api 확장”이"),
        ("`promote`", "은/는", "`promote`는"),
        ("*확인*", "을/를", "*확인*을"),
        ("<@U01ALICE00>", "이/가", "<@U01ALICE00>이(가)"),
        ("<@U01ALICE00>", "으로/로", "<@U01ALICE00>(으)로"),
        ("…", "을/를", "…을(를)"),
        ("", "은/는", "은(는)"),
        ("needs", "`은/는", "needs`는"),
        ("시각", "`이어야/여야", "시각`이어야"),
        ("ECS", ")이/가", "ECS)가"),
        ("서울", "”으로/로", "서울”로"),
        ("データ", "을/를", "データ을(를)"),
    ],
)
def test_the_last_sound_decides(word: str, pair: str, said: str) -> None:
    """Syllables, digits, letters and words by their sound; marks are silent; both forms where nobody can know."""
    assert followed_by(word, pair) == said


def test_a_translation_may_ask_for_a_particle() -> None:
    """A place of a Korean text may carry a pair; the English beside it has none."""
    with speaking("ko"):
        said = _("{runbook} is version {version} since this plan was made. Plan again.", runbook="web", version="4")

    assert said == "계획한 뒤에 web이 버전 4로 바뀌었습니다. 다시 계획하십시오."
    assert in_english(said) == "web is version 4 since this plan was made. Plan again."
