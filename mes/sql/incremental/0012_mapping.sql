-- How large zones are, and mapping studies: kept apart from the plant's own readings.

-- What is known of a zone's space; a row a version, the newest counts.
create table zone_space (
    id           int generated always as identity primary key,
    zone_id      int not null references zone,
    version      int not null,
    kind         text not null,                 -- flat-store, cold-store, vehicle, box
    length_m     float8 not null check (length_m > 0),
    width_m      float8 not null check (width_m > 0),
    height_m     float8 not null check (height_m > 0),
    spots        json not null default '[]',    -- [{role: door|fan|dead, x_m, y_m, z_m}]: metres from a corner of the floor
    recorded_at  timestamptz not null,
    recorded_by  text not null,
    reason       text not null,
    unique (zone_id, version)
);

create table mapping_study (
    id           int generated always as identity primary key,
    number       text not null unique,          -- MAP-2026-0001
    zone_id      int not null references zone,
    space_id     int not null references zone_space,  -- the space as it was then
    rules        text not null,                 -- gsp_cn, who_suppl_8: which figures it is held against
    kind         text not null,                 -- before_use, special, periodic, after_idle
    season       text not null,                 -- hot, cold, between
    load         text not null,                 -- empty, loaded
    low          float8,                        -- limits that its positions are held against
    high         float8,
    status       text not null,                 -- planned, approved, rejected
    from_time    timestamptz,                   -- the steady time that is looked at; null: not said yet
    to_time      timestamptz,
    findings     json,                          -- what was signed
    remap_on     date,                          -- when it is to be repeated
    planned_at   timestamptz not null,
    planned_by   text not null,
    signature_id int references signature,
    version      int not null default 1,
    check ((status = 'planned') = (signature_id is null)),
    check ((from_time is null) = (to_time is null)),
    check (to_time > from_time)
);

create index mapping_study_zone on mapping_study (zone_id);

create table mapping_position (
    id           int generated always as identity primary key,
    study_id     int not null references mapping_study,
    code         text not null,                 -- G1, D1.2
    role         text not null,                 -- grid, door, fan, dead, ambient
    x_m          float8 not null,
    y_m          float8 not null,
    z_m          float8 not null,
    logger       text not null default '',      -- serial number
    certificate  text not null default '',      -- its number
    due_on       date,                          -- last day that the certificate is good for
    error        float8 check (error >= 0),     -- largest error by the certificate, without its sign
    removed_at   timestamptz,                   -- taken out of the plan
    unique (study_id, code)
);

create table mapping_series (
    id           int generated always as identity primary key,
    position_id  int not null references mapping_position,
    file_name    text not null,
    sha256       char(64) not null,
    content      bytea not null,                -- the file as it came
    readings     int not null,
    unread       json not null,                 -- lines that could not be read: [{line, text}]
    time_us      bytea not null,                -- i64, little-endian, in order; µs since 1970
    value        bytea not null,                -- f64, little-endian
    imported_at  timestamptz not null,
    imported_by  text not null,
    replaced_at  timestamptz                    -- another file has taken its place
);

create unique index mapping_series_now on mapping_series (position_id) where replaced_at is null;

create table mapping_test (
    id           int generated always as identity primary key,
    study_id     int not null references mapping_study,
    kind         text not null,                 -- power_fail, door_open
    from_time    timestamptz not null,          -- power off, door opened
    closed_time  timestamptz,                   -- door closed
    to_time      timestamptz not null,          -- end of what is looked at
    ambient_c    float8,                        -- around the room; null: what its ambient loggers show, or fitted
    note         text not null default '',
    recorded_at  timestamptz not null,
    recorded_by  text not null,
    withdrawn_at timestamptz,
    check (to_time > from_time),
    check ((kind = 'door_open') = (closed_time is not null))
);
