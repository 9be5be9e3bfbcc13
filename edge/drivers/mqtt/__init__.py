"""MQTT 3.1.1 and 5: messages of loggers and of Sparkplug nodes, acknowledged after the readings are on disk."""
