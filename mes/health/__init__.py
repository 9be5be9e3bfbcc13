"""The health of machines, live: models learned in commissioning, alerts that advise, versions under change control."""
