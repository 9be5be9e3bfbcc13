"""Edges, points and the ways of a reading."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "reading": {
        "good": N_("good"),
        "out": N_("out of limits"),
        "uncertain": N_("uncertain"),
        "bad": N_("no value"),
        "old": N_("old"),
        "none": N_("never heard"),
    },
    "link": {"2": N_("connected"), "1": N_("degraded"), "0": N_("not reached")},
    "lane": {
        "cold-chain": N_("cold chain"),
        "process": N_("process"),
        "bulk": N_("bulk"),
        "all": N_("all classes"),
    },
    "config_fate": {
        "accepted": N_("accepted, on trial"),
        "refused": N_("refused"),
        "applied": N_("in force"),
        "rolled-back": N_("taken back after its trial"),
    },
    "set_aside": {
        "Malformed": N_("can't be read"),
        "WrongSubject": N_("for another plant"),
        "WrongEdge": N_("under another edge's name"),
        "SequenceReused": N_("number used before, for something else"),
        "BadValue": N_("not a number"),
        "BadTimestamp": N_("a time that can't be"),
        "Unstorable": N_("refused by the database"),
    },
    "gap_reason": {
        "full": N_("the edge's buffer was full"),
        "old": N_("kept for longer than the edge may keep it"),
        "damaged": N_("the edge's buffer was damaged"),
    },
    "quality": {
        "0": N_("bad, no reason given"),
        "4": N_("the device has no such point"),
        "8": N_("not wired"),
        "12": N_("device failure"),
        "16": N_("probe broken"),
        "24": N_("device can't be reached"),
        "28": N_("out of service"),
        "64": N_("uncertain"),
        "68": N_("an old value held by the device"),
        "80": N_("at the edge of its range"),
        "88": N_("device clock not believed"),
        "192": N_("good"),
        "216": N_("forced by hand"),
    },
}

DONE = {
    "ingest.replayed": N_("What was set aside is stored now; the watch judges it like every other reading."),
}
