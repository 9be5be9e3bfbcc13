"""Traceability codes of the drug authority: captured once, with the lot and the larger pack that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mes.barcodes.check_digits import is_digits
from mes.barcodes.model import CodeUnreadable
from mes.barcodes.reading import DRUG_CODE_LENGTH
from mes.barcodes.settings import SQL
from mes.inventory import service as inventory
from telemetry.errors import Conflict, NotFound
from telemetry.work import Work

IDENTIFIER_LENGTH = 7  # 药品标识码: which medicine, form, strength and pack


class NotADrugCode(CodeUnreadable):
    """A drug traceability code has 20 digits: scan the code of the authority, not the maker's."""


class DrugCodeTaken(Conflict):
    """This traceability code is on record with another lot or another larger pack."""


class DrugCodeUnknown(NotFound):
    """This traceability code is not on record."""


@dataclass(frozen=True, slots=True)
class DrugCode:
    code: str
    lot_id: int
    parent_code: str | None  # on the pack that this one lies in
    captured_by: str
    captured_at: datetime

    @property
    def identifier(self) -> str:
        """Which medicine and pack size: packs of one lot differ in it by level."""
        return self.code[:IDENTIFIER_LENGTH]

    @property
    def serial(self) -> str:
        return self.code[IDENTIFIER_LENGTH:]


async def capture(work: Work, code: str, *, lot_id: int, parent_code: str | None = None) -> DrugCode:
    """Keep a code with its lot and the code of the pack around it; the same said again is the same record.

    Raises NotADrugCode, LotNotFound, DrugCodeUnknown (the larger pack's), DrugCodeTaken.
    """
    if not is_digits(code) or len(code) != DRUG_CODE_LENGTH:
        raise NotADrugCode(code=code)
    lot = await inventory.lot(work, lot_id)
    if parent_code is not None and (await drug_code(work, parent_code)).lot_id != lot.id:
        raise DrugCodeTaken(code=parent_code)  # a carton of two lots has no code that stands for one of them
    facts = {"code": code, "lot_id": lot.id, "parent": parent_code}
    made = await work.one(SQL["capture"], DrugCode, **facts, actor=work.actor, now=work.now)
    if made is None:
        kept = await drug_code(work, code)
        if (kept.lot_id, kept.parent_code) != (lot.id, parent_code):
            raise DrugCodeTaken(code=code, lot_id=kept.lot_id, parent_code=kept.parent_code)
        return kept
    work.audit("drug_code.capture", "lot", lot.id, after=facts)
    return made


async def drug_code(work: Work, code: str) -> DrugCode:
    """One code. Raises DrugCodeUnknown."""
    found = await work.one(SQL["drug_code"], DrugCode, code=code)
    if found is None:
        raise DrugCodeUnknown(code=code)
    return found


async def drug_codes(work: Work, lot_id: int, *, after: str = "", limit: int = 1000) -> list[DrugCode]:
    """The codes of a lot, in their order."""
    return await work.all(SQL["drug_codes"], DrugCode, lot_id=lot_id, after=after, limit=limit)
