"""OPC UA: a subscription per sampling group, acknowledged after the readings are on disk."""
