"""Alarms: what people must notice now. One alarm for one thing, however often it is found."""
