"""Who is trained on what: a record per person and version of a document, what each role must know, and when it ends."""
