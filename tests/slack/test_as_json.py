"""Blocks as JSON, against the SDK that defines what they should be."""

from __future__ import annotations

import pytest
from slack_sdk.models.blocks import Option, PlainTextObject, SectionBlock, StaticSelectElement

from bot.slack.as_json import as_json
from bot.slack.kit import Message
from tests.pictures.samples import SAMPLES, Sample


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_view_is_written_as_the_sdk_writes_it(sample: Sample) -> None:
    """The validators are left out, and nothing else."""
    said = sample.drawn("ko")

    written = [as_json(block) for block in said.blocks or ()]

    assert written == [block.to_dict() for block in said.blocks or ()]
    assert not isinstance(said, Message) or written == said.body


def test_what_is_empty_is_left_out() -> None:
    """As the SDK leaves it out, while a part that writes itself in its own way may."""
    option = Option(text=PlainTextObject(text="a"), value="")
    block = SectionBlock(text="*x*", block_id="", accessory=StaticSelectElement(action_id="", options=[option]))

    written = as_json(block)

    assert written == block.to_dict()
    assert "block_id" not in written
    assert written["accessory"]["options"][0]["value"] == ""
