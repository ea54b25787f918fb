"""The JSON Schema of runbooks, so that editors complete keys, actions and parameters, and show what they mean.

Derived from the models and the actions; nothing here is written twice. The lint says more than a schema can.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, JsonValue

from bot.model.action import ActionSpec
from bot.model.runbook import Runbook
from bot.runbook.sentences import keys_of

Schema = dict[str, Any]

_TEMPLATE: Schema = {"type": "string", "pattern": r"\$\{\{[\s\S]*\}\}", "description": "An expression: ${{ … }}"}
_STEP_ID = "^[a-z][a-z0-9_]{0,62}$"


def json_schema(specs: Mapping[str, ActionSpec]) -> dict[str, JsonValue]:
    """JSON Schema 2020-12 of a runbook file. Each action's parameters hang on its name in `uses` and `check`."""
    schema: Schema = Runbook.model_json_schema(by_alias=True)
    definitions: Schema = schema["$defs"]
    _describe(schema, definitions)
    step = definitions["Step"]
    step["properties"].pop("id")
    step["required"] = [name for name in step.get("required", []) if name != "id"]
    if not step["required"]:
        del step["required"]
    schema["properties"]["steps"]["propertyNames"] = {"pattern": _STEP_ID}
    checks = {name: spec for name, spec in specs.items() if spec.is_check}
    for holder, key, known in ((step, "uses", specs), (definitions["Undo"], "uses", specs)):
        _name_actions(holder, key, known)
    _name_actions(definitions["Condition"], "check", checks)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Disaster recovery runbook, dr/v1"
    return schema


def _name_actions(holder: Schema, key: str, known: Mapping[str, ActionSpec]) -> None:
    holder["properties"][key] = {
        "description": holder["properties"][key].get("description", "An action."),
        "oneOf": [{"const": name, "description": spec.summary} for name, spec in known.items()],
    }
    holder["allOf"] = [
        {
            "if": {"properties": {key: {"const": name}}, "required": [key]},
            "then": {"properties": {"with": _parameters(spec)}},
        }
        for name, spec in known.items()
    ]


def _parameters(spec: ActionSpec) -> Schema:
    schema: Schema = {**spec.parameters_schema, "title": spec.name, "description": spec.summary}
    properties = schema.get("properties", {})
    schema["properties"] = {name: {"anyOf": [each, _TEMPLATE]} | _face(each) for name, each in properties.items()}
    return schema


def _face(schema: Mapping[str, Any]) -> Schema:
    return {key: schema[key] for key in ("description", "default", "examples") if key in schema}


def _describe(schema: Schema, definitions: Schema) -> None:
    """Docstrings under the models' fields become descriptions."""
    for name, model in _models(Runbook).items():
        place = schema if model is Runbook else definitions.get(name, {})
        for key, text in _docstrings(model).items():
            alias = model.model_fields[key].alias or key
            place.get("properties", {}).get(alias, {}).setdefault("description", text)


def _models(root: type[BaseModel]) -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {root.__name__: root}
    todo = [root]
    while todo:
        for annotation in keys_of(todo.pop()).values():
            for each in _classes(annotation):
                if each.__name__ not in found:
                    found[each.__name__] = each
                    todo.append(each)
    return found


def _classes(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [each for argument in getattr(annotation, "__args__", ()) for each in _classes(argument)]


@lru_cache
def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, following in zip(tree.body, tree.body[1:], strict=False):
        text = following.value if isinstance(following, ast.Expr) else None
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(text, ast.Constant)
            and isinstance(text.value, str)
        ):
            found[statement.target.id] = inspect.cleandoc(text.value)
    return found
