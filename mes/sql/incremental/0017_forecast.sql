-- What is known of how a room warms when nothing cools it. Versions: nothing is fitted while it runs.
create table thermal_model (
    id          int generated always as identity primary key,
    zone_id     int not null references zone,
    version     int not null,
    tau_s       float8 not null check (tau_s > 0),  -- its time constant
    rest_c      float8 not null,                -- where it runs to without cooling
    r2          float8 not null,                -- share of the course's variance that the fit explains
    rmse_c      float8 not null,
    readings    int not null,
    source      text not null,                  -- window: readings of the room's own point; mapping: a study's test
    point_id    int references point,           -- whose readings were fitted; null: a study's logger
    from_time   timestamptz not null,           -- of the course that was fitted
    to_time     timestamptz not null,
    digest      char(64) not null,              -- SHA-256 of the columns fitted; of a study: of what its test says
    fitted_by   text not null,
    fitted_at   timestamptz not null,
    reason      text not null,
    retired_at  timestamptz,                    -- when the next version took its place; null: in force
    unique (zone_id, version)
);

create unique index thermal_model_in_force on thermal_model (zone_id) where retired_at is null;

-- The newest forecast of each zone: a memory that the watch writes over, no record.
create table zone_forecast (
    zone_id     int primary key references zone,
    at          timestamptz not null,
    point_id    int not null references point,  -- the probe that is out soonest
    value_c     float8 not null,
    slope_c_per_h float8 not null,
    method      text not null,                  -- thermal, straight, steady
    side        text,                           -- high, low; null: steady
    limit_c     float8,
    eta_s       float8,                         -- null: it stays within its limits
    holdover_s  float8,                         -- without cooling from now on; null: not known, or for ever
    unusual     boolean not null,               -- it is beyond what this room does on an ordinary day, and moves on
    lots        int not null
);
