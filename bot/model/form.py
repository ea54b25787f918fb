"""The form that a text must have: a regular expression of a runbook, against what a person typed.

Promises: matched in time that grows with the text alone, whatever the expression, so that no author's slip and no
typed value holds up the bot. It is Rust's `regex`, which pydantic brings along: no look-around and no back-references.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema


def fits(form: str, text: str) -> bool:
    """Whether the form is found anywhere in the text. Raises ValueError for what is no form."""
    try:
        _compiled(form).validate_python(text)
    except ValidationError:
        return False
    return True


def mistake(form: str) -> str:
    """What keeps this from being a form, in the engine's words; empty when nothing does."""
    try:
        _compiled(form)
    except ValueError as wrong:
        return str(wrong)
    return ""


@lru_cache(maxsize=256)
def _compiled(form: str) -> SchemaValidator:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=form, regex_engine="rust-regex"))
    except SchemaError as wrong:
        last = str(wrong).splitlines()[-1].strip()
        raise ValueError(last.removeprefix("SchemaError: ").removeprefix("error: ").rstrip(".")) from wrong
