"""Expected receipts: lines of purchase orders that were written elsewhere, and what has come of them."""
