"""MQTT 3.1.1: messages of loggers, acknowledged after the readings are on disk."""
