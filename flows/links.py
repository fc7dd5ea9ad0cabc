"""Where a user goes next.  Only `Forward` is an edge of the DAG; the rest turn, and say so."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.like import Like

_NAME = Like(
    r"^[a-z][a-z0-9_]{0,39}$", "small Latin letters, digits and underscores, a letter first, 40 at most"
)
StepId = Annotated[str, _NAME]
FlowKey = Annotated[str, _NAME]


class _Link(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Forward(_Link):
    """To a later step of this flow."""

    go: Literal["forward"] = "forward"
    to: StepId


class Jump(_Link):
    """To any step of this flow, earlier ones too."""

    go: Literal["jump"] = "jump"
    to: StepId


class Back(_Link):
    """To the step where the user last chose or answered; from the first one, to the flow he came from."""

    go: Literal["back"] = "back"


class Restart(_Link):
    """To the first step of this flow."""

    go: Literal["restart"] = "restart"


class Enter(_Link):
    """To the first step of another flow; when that flow ends the user returns here."""

    go: Literal["enter"] = "enter"
    flow: FlowKey


Link = Annotated[
    Forward | Jump | Back | Restart | Enter,
    Field(discriminator="go", json_schema_extra={"widget": "link"}),
]
LINKS = (Forward, Jump, Back, Restart, Enter)
