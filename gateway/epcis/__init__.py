"""EPCIS 2.0: what happened to lots, as events that other companies' systems read; given out once, never changed."""
