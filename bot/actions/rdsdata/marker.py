"""Write a marker row into a database and read it back: proof that the new side takes writes.

When to reach for it: after a promotion and before traffic moves. The row's text is yours; make it name the incident.

What bites: the cluster's Data API must be enabled, and the table (two text columns, `name` as primary key, and `value`)
must exist. The write is an insert-or-update, so a repeat changes nothing. Rolling back leaves the row: it is evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, message_of, refusal
from bot.actions.base import Action, Call, Params, Results, action
from bot.actions.shapes import rehearsed
from bot.language import later, told
from bot.model.action import Before, Look, NotStarted, Observation, Risk, Settled
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds_data import RDSDataServiceClient


class MarkerParams(Params):
    """Where, and what."""

    cluster: str = Field(description="ARN of the cluster.", pattern=r"^arn:aws[\w-]*:rds:.+$")
    secret: str = Field(description="ARN of the secret with the database user.")
    database: str = Field(description="Database name.", examples=["orders"])
    table: str = Field(default="dr_marker", description="Table name.", pattern=r"^[a-z_][a-z0-9_]*$")
    name: str = Field(description="Key of the row.", examples=["failover"])
    value: str = Field(description="What is written.", examples=["INC-42"])


class MarkerResults(Results):
    """What was read back."""

    value: str = Field(description="The row's value.")


_CLUSTER = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"


def _row(*values: str) -> Call:
    return Call("rds-data", "execute_statement", {"records": [[{"stringValue": value}] for value in values]})


@action(
    "rdsdata.marker",
    risk=Risk.REVERSIBLE,
    owes=False,
    implied=("secretsmanager:GetSecretValue",),
    permissions=("rds-data:ExecuteStatement",),
    irreversible=told("The row stays as evidence; the next marker of that name replaces it."),
    by_hand=later("select from {table} in {database} of {cluster}"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "cluster": _CLUSTER, "secret": "arn:aws:secretsmanager:us-west-2:1:secret:orders",
         "database": "orders", "name": "failover", "value": "INC-42"},
        none=(_row(),), source=(), send=(Call("rds-data", "execute_statement", {"numberOfRecordsUpdated": 1}),),
        way=(_row("INC-42"),),
    ),
)  # fmt: skip
class Marker(Action[MarkerParams]):
    """Insert or update, then select."""

    Params = MarkerParams
    Results = MarkerResults

    def preflight(self, aws: Reads, params: MarkerParams) -> Look:
        target = f"{params.cluster}/{params.table}/{params.name}"
        try:
            now = _read(aws, params)
        except refusal("BadRequestException", "HttpEndpointNotEnabledException", "DatabaseErrorException") as error:
            return blocked(
                told(
                    "{database} does not answer: {message}; enable the Data API.",
                    database=params.database,
                    message=message_of(error),
                ),
                target,
            )
        done = now == params.value
        change = told("{name}: {now} → {value}", name=params.name, now=now or told("no row"), value=params.value)
        return Look(state="already_done" if done else "ready", change=change, targets=(target,))

    def execute(self, aws: Aws, params: MarkerParams, token: str) -> None:
        data: RDSDataServiceClient = aws.writer("rds-data", params.region)
        data.execute_statement(
            **_where(params),
            sql=(
                f"INSERT INTO {params.table} (name, value) VALUES (:name, :value) "  # noqa: S608  # the name is checked
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            ),
            parameters=[
                {"name": "name", "value": {"stringValue": params.name}},
                {"name": "value", "value": {"stringValue": params.value}},
            ],
        )

    def verify(self, aws: Reads, params: MarkerParams, before: Before) -> Observation:
        now = _read(aws, params)
        if now != params.value:
            return NotStarted(
                seen=told(
                    "{table} has {now} under {name}", table=params.table, now=now or told("no row"), name=params.name
                )
            )
        return Settled(
            seen=told("{database} took the marker {now} and gave it back", database=params.database, now=now),
            results={"value": now},
        )


def _where(params: MarkerParams) -> Any:
    return {"resourceArn": params.cluster, "secretArn": params.secret, "database": params.database}


def _read(aws: Reads, params: MarkerParams) -> str:
    data: RDSDataServiceClient = aws.reader("rds-data", params.region)
    found = data.execute_statement(
        **_where(params),
        sql=f"SELECT value FROM {params.table} WHERE name = :name",  # noqa: S608  # the name is checked
        parameters=[{"name": "name", "value": {"stringValue": params.name}}],
    )
    return next((str(row[0].get("stringValue", "")) for row in found.get("records", [])), "")
