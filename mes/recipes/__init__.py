"""Master batch records: how a product is made, as versions that QA approves and orders take a copy of."""
