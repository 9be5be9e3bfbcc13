-- Trips of vehicles: what was loaded and unloaded when, the record of each, and what EPCIS was told of the plant.

create table trip (
    id                int generated always as identity primary key,
    number            text not null unique,       -- TRIP-2026-0001
    zone_id           int not null references zone,  -- the vehicle
    status            text not null,              -- planned, loading, under_way, arrived, accepted, refused, cancelled
    origin            text not null,              -- route: from ...
    destination       text not null,              -- ... to
    carrier           text not null default '',
    escort            text not null default '',   -- driver, and who travels along
    planned_departure timestamptz not null,
    planned_arrival   timestamptz not null,
    planned_by        text not null,
    planned_at        timestamptz not null,
    precooled         json,                       -- what the vehicle's air was before loading, and who let it pass
    loading_at        timestamptz,                -- when loading was allowed to begin
    departed_at       timestamptz,
    arrived_at        timestamptz,
    judged_at         timestamptz,                -- accepted or refused
    judged_record     int,                        -- the version of the record that was looked at
    judgement_reason  text,
    signature_id      int references signature,   -- of accepting or refusing
    deviation_id      int references deviation,   -- drafted when it was refused
    looked_id         bigint not null default 0,  -- ledger rows up to here are in the record
    version           int not null default 1,
    check (planned_arrival > planned_departure)
);

create unique index trip_open on trip (zone_id) where status in ('loading', 'under_way');
create index trip_vehicle on trip (zone_id, id);

create table trip_scan (
    id            bigint generated always as identity primary key,
    trip_id       int not null references trip,
    lot_id        int not null references lot,
    direction     text not null,                  -- load, unload
    quantity      numeric not null check (quantity > 0),
    unit          text not null,
    zone_id       int not null references zone,   -- where it came from, or went to
    happened_at   timestamptz not null,
    scanned_at    timestamptz not null,           -- later than `happened_at`: it was told late
    scanned_by    text not null
);

create index trip_scan_trip on trip_scan (trip_id, id);

create table trip_record (
    trip_id       int not null references trip,
    version       int not null,                   -- 1, 2, 3: late readings make a new one, none is changed
    made_at       timestamptz not null,
    reason        text not null,
    from_time     timestamptz not null,
    to_time       timestamptz not null,
    conforms      boolean not null,
    content       json not null,                  -- json, not jsonb: the text is hashed and must stay as it was written
    sha256        char(64) not null,              -- of its canonical form
    primary key (trip_id, version)
);

-- Events as they were given out. Nothing here is changed: what was wrong is declared so by a row of its own.
create table epcis_event (
    seq           bigint generated always as identity primary key,
    event_id      text not null,                  -- ni:///sha-256;...?ver=CBV2.0; the same for an event and its error declaration
    subject       text not null,                  -- excursion:7, hold:12, lifted:12, scan:30
    revision      int not null default 1,         -- of an excursion: 1, 2, 3, as its facts change
    is_final      boolean not null default true,  -- false: told while the excursion went on
    is_error      boolean not null default false, -- declares the event with this id wrong
    event_time    timestamptz not null,
    recorded_at   timestamptz not null,
    body          json not null,
    unique (event_id, is_error)
);

create index epcis_event_subject on epcis_event (subject, seq);
create index epcis_event_time on epcis_event (event_time, seq);

-- Up to which version of its records an excursion has been told.
create table epcis_excursion (
    excursion_id  int primary key references excursion,
    told_version  int not null
);
