"""People, their roles and signatures, and what the audit trail tells of them."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "audit_action": {
        "alarm.acknowledge": N_("Alarm acknowledged"),
        "deviation.draft": N_("Deviation drafted"),
        "excursion.open": N_("Excursion opened"),
        "excursion.lot": N_("Lot exposed"),
        "excursion.exposure": N_("Exposure counted"),
        "excursion.acknowledge": N_("Excursion acknowledged"),
        "excursion.clear": N_("Back within limits"),
        "excursion.extend": N_("Window of the excursion changed"),
        "excursion.decide": N_("Lot judged"),
        "excursion.disposition": N_("Lots judged"),
        "excursion.false_alarm": N_("False alarm"),
        "excursion.close": N_("Excursion closed"),
        "excursion.reopen": N_("Excursion opened again"),
        "ingest.replay": N_("Taken in after all"),
        "ingest_rejected.replay": N_("Taken in after all"),
        "maintenance_order.request": N_("Order requested"),
        "maintenance_order.link": N_("Linked to an excursion"),
        "signature.apply": N_("Signed"),
    },
    "fact": {
        "detail": N_("Details"),
        "needs": N_("Needs the role"),
        "allowed": N_("Allowed"),
        "looked_for": N_("Looked for"),
    },
    "meaning": {
        "performed": N_("Performed"),
        "verified": N_("Verified"),
        "reviewed": N_("Reviewed"),
        "approved": N_("Approved"),
        "released": N_("Released"),
        "rejected": N_("Rejection"),
        "authored": N_("Authored"),
        "acknowledged": N_("Acknowledged"),
    },
    "role": {
        "operator": N_("Operator"),
        "lead": N_("Line lead"),
        "qc": N_("Quality control"),
        "qa": N_("Quality assurance"),
        "qp": N_("Qualified person"),
        "maintenance": N_("Maintenance"),
        "engineer": N_("Engineer"),
        "warehouse": N_("Warehouse"),
        "admin": N_("Administrator"),
    },
}

GUARDS = {
    "version_is_current": N_(
        "Somebody else changed this record meanwhile. You now see its present state: decide again."
    ),
    "signed": N_("This needs a signature with password."),
    "reason_given": N_("A reason in words is needed."),
    "note_given": N_("A note is needed: say why."),
}
