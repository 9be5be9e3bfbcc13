"""Why someone is not let in, or may not sign. What must be on record is written though the request is rolled back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.transitions import Remembered
from telemetry import queries
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
TRIES = 5
"""Wrong passwords in a row that lock a person out (21 CFR 11.300(d))."""


class PersonNotFound(NotFound):
    """There is no such person."""


class KeyNotFound(NotFound):
    """There is no such key, or it has been revoked already."""


class SignatureNotFound(NotFound):
    """There is no such signature."""


class NameTaken(Conflict):
    """This name is in use already."""


class PersonChanged(Conflict):
    """Somebody else changed this person after you opened the record: look at it again."""


class RoleUnknown(Invalid):
    """There is no such role."""


class AdministratorHasDuties(Conflict):
    """Who administers people and keys holds no other role: give it to somebody else."""


class OwnRolesChanged(Conflict):
    """Nobody changes their own roles: another administrator does."""


class KeyRevokedWithoutReason(Invalid):
    """A key is revoked for a reason: say it."""


class PersonChangeWithoutReason(Invalid):
    """A person's record is changed for a reason: say it."""


class PasswordTooShort(Invalid):
    """A password needs at least eight characters."""


class PasswordRequired(Unauthenticated):
    """The password is missing."""


class ReauthRequired(PasswordRequired):
    """A signature needs the password, every time: being signed in is not enough."""


class MeaningMismatch(Invalid):
    """This act can't be signed with this meaning."""


class ReasonMissing(Invalid):
    """A signature needs a reason in words."""


@dataclass(frozen=True, slots=True)
class _Tries:
    username: str
    failures: int
    locked_at: datetime | None


def _locked_out(username: str, terminal: str, at: datetime) -> Occurrence:
    """The security alert (21 CFR 11.300(d))."""
    return Occurrence(
        kind=Kind.ACCESS,
        source=username,
        priority=Priority.HIGH,
        message_en=f"{username} is locked out after {TRIES} wrong passwords, the last from {terminal or 'here'}",
        message_zh=f"{username} 连续 {TRIES} 次密码错误，已被锁定，最后一次来自 {terminal or '本机'}",
        raised_at=at,
    )


class WrongPassword(Remembered, Unauthenticated):
    """The name or the password is wrong."""

    def __init__(self, person_id: int | None = None, terminal: str = "") -> None:
        self.person_id, self.terminal = person_id, terminal
        super().__init__()

    async def record(self, work: Work) -> None:
        """Count it against the person; the fifth in a row locks, and is told to the plant."""
        after: dict[str, object] = {"terminal": self.terminal}
        # A name that nobody has is not written down: people type passwords there.
        work.audit("person.password.wrong", "person", self.person_id or "unknown", after=after)
        tries = await work.one(SQL["count_failure"], _Tries, id=self.person_id, now=work.now, tries=TRIES)
        if tries is not None and tries.failures == TRIES:
            work.audit("person.lock", "person", self.person_id, after=after | {"failures": TRIES})
            await work.emit("person.locked", person_id=self.person_id, failures=TRIES)
            await alarms.raise_alarm(work, _locked_out(tries.username, self.terminal, work.now))


class PersonLocked(Remembered, Forbidden):
    """This person is locked out after too many wrong passwords: an administrator unlocks."""

    def __init__(self, person_id: int, terminal: str = "") -> None:
        self.person_id, self.terminal = person_id, terminal
        super().__init__()

    async def record(self, work: Work) -> None:
        """Leave who tried from where."""
        work.audit("person.enter.refused", "person", self.person_id, after={"terminal": self.terminal})


class SignatureRefused(Remembered):
    """This signature is not allowed."""

    def __init__(self, person_id: int, record_type: str, record_id: object, **facts: object) -> None:
        self.person_id, self.record_type, self.record_id = person_id, record_type, record_id
        super().__init__(record_type=record_type, record_id=str(record_id), **facts)

    async def record(self, work: Work) -> None:
        """Leave who tried to sign what, and why not."""
        after = {"person": self.person_id, "code": self.code} | self.facts
        work.audit("signature.refused", self.record_type, self.record_id, after=after)


class SignerRoleMissing(SignatureRefused, Forbidden):
    """None of the signer's roles may sign this."""


class SameSigner(SignatureRefused, Conflict):
    """Two different people must sign this, and this one has signed already."""
