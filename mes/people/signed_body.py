"""What a request with a signature brings: the password every time, the meaning, the reason, and who signs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller
from mes.people.model import Credentials


class Body(BaseModel):
    """A request's body: nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid")


class SignedBody(Body):
    """The signer may be another person than the one who is signed in; a session alone never signs."""

    username: Annotated[str | None, Field(max_length=100)] = None  # null: who is signed in
    password: Annotated[str, Field(max_length=1000, repr=False)] = ""
    meaning: Annotated[str, Field(max_length=100)]
    reason: Annotated[str, Field(max_length=1000)] = ""

    def credentials(self, caller: Caller) -> Credentials:
        """The two components, and where they were typed."""
        return Credentials(self.username or caller.name, self.password, caller.terminal)
