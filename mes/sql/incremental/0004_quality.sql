create table excursion (
    id              int generated always as identity primary key,
    number          text not null unique,       -- EXC-2026-0001
    zone_id         int not null references zone,
    condition       text not null,              -- active, cleared
    status          text not null,              -- open, under_assessment, dispositioned, closed, false_alarm
    started_at      timestamptz not null,       -- earliest start of its episodes
    ended_at        timestamptz,                -- latest end; null while any is open
    opened_at       timestamptz not null,       -- when the watch found it
    late            boolean not null default false,  -- found in readings that came late
    acknowledged_by text,
    acknowledged_at timestamptz,
    evidence        json,                       -- frozen at acknowledgement: digests, extremes, minutes out
    signature_id    int references signature,
    closed_at       timestamptz,
    version         int not null default 1
);

create unique index excursion_active on excursion (zone_id) where condition = 'active';

create table episode (
    id            int generated always as identity primary key,
    point_id      int not null references point,
    rule_id       int not null references limit_rule,   -- the version it was judged by
    level         text not null,                -- alarm, critical
    side          text not null,                -- high, low
    started_at    timestamptz not null,         -- first reading out
    ended_at      timestamptz,                  -- first reading back inside the deadband; null: still out
    raised_at     timestamptz,                  -- when the delay had passed; null: a record without an alarm
    detected_at   timestamptz not null,         -- when the watch saw it
    late          boolean not null default false,
    peak          float8 not null,
    peak_at       timestamptz not null,
    known_s       float8 not null,              -- seconds out by readings
    unknown_s     float8 not null,              -- seconds in which nothing was known
    excursion_id  int references excursion,
    anchored_at   timestamptz,                  -- a reading out, from which on it can be counted without those before
    anchored_known_s   float8 not null default 0,   -- known_s up to there
    anchored_unknown_s float8 not null default 0,
    withdrawn_at  timestamptz,                  -- later readings showed that it was not so, or part of another
    version       int not null default 1
);

create unique index episode_fact on episode (point_id, rule_id, level, side, started_at) where withdrawn_at is null;
create index episode_excursion on episode (excursion_id);

create table excursion_lot (
    excursion_id  int not null references excursion,
    lot_id        int not null references lot,
    exposed_from  timestamptz not null,
    exposed_to    timestamptz,
    exposure_s    float8 not null,
    disposition   text,                         -- no_impact, reduced_life, retest, reject
    reason        text,
    decided_by    text,
    decided_at    timestamptz,
    signature_id  int references signature,
    primary key (excursion_id, lot_id)
);

create table deviation (
    id            int generated always as identity primary key,
    number        text not null unique,         -- DEV-2026-0001
    status        text not null,                -- draft, reported, classified, investigating, qa_review, closed, void
    severity      text,                         -- minor, major, critical: QA classifies
    title_en      text not null,
    title_zh      text not null,
    description   text not null default '',
    root_cause    text not null default '',
    other_batches text not null default '',     -- whether other batches are affected, and which
    reported_by   text,                         -- the watch, or who reported it: may not close it
    reported_at   timestamptz,
    classified_by text,
    excursion_id  int unique references excursion,
    occurred_at   timestamptz not null,
    opened_at     timestamptz not null,
    opened_by     text not null,
    closed_at     timestamptz,
    signature_id  int references signature,
    version       int not null default 1,
    check ((closed_at is null) = (signature_id is null))
);
