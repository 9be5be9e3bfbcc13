-- The physical sensors, where they served and where their points stood, and what a laboratory found about them.

create table instrument (
    id          int generated always as identity primary key,
    serial      text not null unique,           -- as it is engraved
    model       text not null default '',       -- maker and type, for people
    unit        text not null,                  -- UCUM of what it measures
    added_at    timestamptz not null,
    added_by    text not null
);

create table installation (
    id             int generated always as identity primary key,
    instrument_id  int not null references instrument,
    point_id       int not null references measuring_point,
    from_time      timestamptz not null,
    to_time        timestamptz,                 -- half open: its readings are this point's in [from, to); null: still
    recorded_at    timestamptz not null,        -- may be later than from_time
    recorded_by    text not null,
    reason         text not null,
    withdrawn_at   timestamptz,                 -- recorded in error; the row stays
    check (to_time is null or to_time > from_time)
);

create unique index installation_now on installation (point_id) where to_time is null and withdrawn_at is null;
create unique index installation_here on installation (instrument_id) where to_time is null and withdrawn_at is null;
create index installation_instrument on installation (instrument_id);

-- A point without rows stands where the plant model says, always.
create table point_place (
    id             int generated always as identity primary key,
    point_id       int not null references measuring_point,
    zone_id        int not null references zone,
    from_time      timestamptz not null,
    to_time        timestamptz,                 -- half open; null: it still stands there
    recorded_at    timestamptz not null,
    recorded_by    text not null,
    reason         text not null,
    withdrawn_at   timestamptz,                 -- recorded in error; the row stays
    check (to_time is null or to_time > from_time)
);

create unique index point_place_now on point_place (point_id) where to_time is null and withdrawn_at is null;

-- Rows of a certificate are never changed: the programs' role may not. A mistake is superseded by another row.
create table certificate (
    id               int generated always as identity primary key,
    number           text not null,
    laboratory       text not null,             -- name, and its accreditation where it has one
    instrument_id    int not null references instrument,
    calibrated_on    date not null,             -- the plant's calendar
    due_on           date not null,             -- last day it is good for
    tolerance        numeric not null check (tolerance > 0),  -- largest error allowed, in the instrument's unit
    supersedes_id    int unique references certificate,
    supersede_reason text not null default '',
    entered_at       timestamptz not null,
    entered_by       text not null,
    check (due_on > calibrated_on),
    check ((supersedes_id is null) = (supersede_reason = ''))
);

create index certificate_instrument on certificate (instrument_id);

create table certificate_point (
    certificate_id  int not null references certificate,
    place           int not null,               -- order on the paper
    applied         numeric not null,           -- the reference's value
    as_found        numeric,                    -- error before adjustment: shown - applied; null: it was new
    as_left         numeric not null,           -- error after it
    uncertainty     numeric not null check (uncertainty >= 0),  -- expanded, k = 2
    primary key (certificate_id, place)
);

create table certificate_scan (
    certificate_id  int primary key references certificate,
    file_name       text not null,
    media_type      text not null,
    sha256          char(64) not null,
    content         bytea not null
);

create table certificate_signature (
    certificate_id  int primary key references certificate,
    signature_id    int not null references signature
);

create table look_back (
    id              int generated always as identity primary key,
    number          text not null unique,       -- LKB-2026-0001
    certificate_id  int not null unique references certificate,  -- whose as-found error was beyond tolerance
    good_id         int references certificate, -- the last one before it that was good; null: none is known
    from_time       timestamptz not null,
    to_time         timestamptz not null,       -- half open: readings of this time are in doubt
    findings        json not null,              -- what was found when it was opened, kept as it was
    deviation_id    int not null references deviation,
    opened_at       timestamptz not null,
    opened_by       text not null,
    conclusion      text not null default '',
    concluded_at    timestamptz,
    signature_id    int references signature,
    version         int not null default 1,
    check ((concluded_at is null) = (signature_id is null))
);

-- A layer above the raw readings, a version a row; the newest of an instrument counts from its effective_from on.
create table sensor_correction (
    id              int generated always as identity primary key,
    instrument_id   int not null references instrument,
    version         int not null,
    correction      numeric not null,           -- added to what the instrument shows; 0 ends the one before
    certificate_id  int not null references certificate,  -- what it rests on
    effective_from  timestamptz not null,
    reason          text not null,
    made_at         timestamptz not null,
    made_by         text not null,
    signature_id    int not null references signature,
    unique (instrument_id, version)
);
