-- The plant model: what `isotherm plant apply` writes. ISA-95 names. Nothing is deleted: what is
-- no longer in the model is retired, and its readings and records keep what they refer to.

create table site (
    code        text primary key,               -- hainan
    name_en     text not null,
    name_zh     text not null,
    time_zone   text not null default 'Asia/Shanghai'  -- IANA name: wherever a date matters, it is this zone's
);

create table area (
    site        text not null references site,
    code        text not null,                  -- cold-store
    name_en     text not null,
    name_zh     text not null,
    retired_at  timestamptz,
    primary key (site, code)
);

create table zone (
    id          int generated always as identity primary key,
    code        text not null unique,           -- cold-room-2
    site        text not null,
    area        text not null,
    kind        text not null,                  -- room, freezer, vehicle, line
    name_en     text not null,
    name_zh     text not null,
    policy      text,                           -- the limits that its air is held against; null: none
    parent_id   int references zone,            -- a bin in a room, a compartment in a truck
    retired_at  timestamptz
);

create table equipment (
    id          int generated always as identity primary key,
    path        text not null unique,           -- site/area/equipment
    kind        text not null,                  -- line, room, freezer, compressor, vehicle
    name_en     text not null,
    name_zh     text not null,
    parent_id   int references equipment,
    zone_id     int references zone,            -- the zone it stands in or serves
    status      text not null default 'ready',  -- ready, in_use, under_maintenance, out_of_service, retired
    version     int not null default 1
);

create table limit_rule (
    id             int generated always as identity primary key,
    policy         text not null,               -- cold-2-8, frozen, ...
    version        int not null,
    title_en       text not null,
    title_zh       text not null,
    low            float8,                      -- a value below is out; null: no such limit
    high           float8,                      -- a value above is out
    critical_low   float8,
    critical_high  float8,
    delay_s        float8 not null,             -- an episode as long as this raises its alarm
    critical_delay_s float8 not null default 0,
    deadband       float8 not null,             -- how far inside a value must come to close an episode
    stale_s        float8 not null,             -- how long a reading holds; after it the time is unknown
    resolution     numeric not null,            -- values are rounded to it before they are compared
    effective_from timestamptz not null,        -- judged by this version from here on ...
    effective_to   timestamptz,                 -- ... to here; null: still
    reason         text not null,
    applied_by     text not null,
    unique (policy, version)
);

create table measuring_point (
    point_id     int primary key references point,
    equipment_id int not null references equipment,
    zone_id      int references zone,
    measure      text not null,                 -- last part of the point's name
    role         text not null,                 -- air, product, humidity, door, current, running, coil, mains, state ...
    unit         text not null,                 -- UCUM
    name_en      text not null,
    name_zh      text not null,
    policy       text,                          -- judged by this policy's limits; null: not judged
    resolution   numeric not null default 0.1,
    interval_s   float8 not null default 1,     -- how often a reading is expected
    stale_s      float8 not null default 300,   -- silent for longer: a stale alarm
    retired_at   timestamptz
);

create index measuring_point_zone on measuring_point (zone_id);

create table number_series (
    kind        text not null,                  -- EXC, DEV, MO, WO, HLD
    year        int not null,
    last        int not null,
    primary key (kind, year)
);
