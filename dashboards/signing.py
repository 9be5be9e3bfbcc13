"""What a form with a signature brings: the two components, the meaning, the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form

from mes.border import Signed
from mes.people.model import Credentials


@dataclass(frozen=True, slots=True)
class SignatureForm:
    credentials: Credentials
    meaning: str
    reason: str


def signature_form(
    caller: Signed,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    meaning: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> SignatureForm:
    """Empty fields are refused where the signature is made, with the reason; the name is the caller's unless given."""
    who = Credentials(username.strip() or caller.name, password, caller.terminal)
    return SignatureForm(who, meaning, reason)


SignedForm = Annotated[SignatureForm, Depends(signature_form)]
