"""Expected receipts: lines of purchase orders, and what is wrong with an import of them."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "expected_state": {
        "due": N_("Nothing has come"),
        "partly": N_("Partly received"),
        "received": N_("Received whole"),
        "closed": N_("Closed by hand"),
    },
    "expected_column": {
        "order_number": N_("Order number"),
        "line": N_("Order line"),
        "item": N_("Item code"),
        "supplier": N_("Supplier code"),
        "quantity": N_("Quantity"),
        "unit": N_("Unit"),
        "due_on": N_("Delivery due"),
    },
    "import_fault": {
        "missing": N_("This cell must be filled."),
        "too_long": N_("This is too long: 100 characters at most."),
        "not_a_quantity": N_("This is no quantity: a number above zero, without thousands separators."),
        "not_a_day": N_("This is no day: write it as 2026-01-31."),
        "twice": N_("This order line stands in the import already."),
        "unknown_item": N_("There is no item with this code."),
        "not_bought": N_("The plant makes this item itself."),
        "unknown_supplier": N_("There is no supplier with this code: add it first."),
        "other_unit": N_("The item is kept in another unit."),
        "line_closed": N_("This line was closed by hand: it can't be changed."),
        "already_came": N_("Goods of this line have come: another item or supplier needs a line of its own."),
        "below_received": N_("More than this has come already."),
    },
    "audit_action": {
        "expected_line.import": N_("Order line taken over"),
        "expected_line.change": N_("Order line changed"),
        "expected_line.close": N_("Order line closed"),
        "expected_line.arrive": N_("Goods of an order line received"),
    },
    "audit_entity": {"expected_line": N_("Order line")},
}

DONE = {
    "expected.imported": N_("The order lines are taken over."),
    "expected.unchanged": N_("Every line was on record already: nothing is changed."),
    "expected.closed": N_("The order line is closed."),
}
