"""From an executed batch record to a certified lot: reviews, the release gate, the qualified person's certificate."""
