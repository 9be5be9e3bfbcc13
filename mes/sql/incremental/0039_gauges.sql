-- Gauges that people measure with, and what was measured with each: instruments that need not serve a point.

create table gauge (
    id               int generated always as identity primary key,
    instrument_id    int not null unique references instrument,
    kind             text not null,             -- thermometer, pressure, length, torque, weight, scale, time, electrical, other
    name_en          text not null,
    name_zh          text not null,
    place            text not null default '',  -- where it is kept
    low              numeric,                   -- range it may be used in, in its unit; null: no end
    high             numeric,
    interval_months  int not null check (interval_months between 1 and 120),
    status           text not null default 'in_service',  -- in_service, out_of_service, lost
    reason           text not null default '',  -- of its present status
    version          int not null default 1,
    check (low is null or high is null or low <= high)
);

create table gauge_use (                        -- only grows
    id            int generated always as identity primary key,
    gauge_id      int not null references gauge,
    record_type   text not null,                -- round, batch, maintenance_order, lot, other
    record_id     text not null,
    label         text not null,                -- what people call the record and what was measured
    value         numeric,                      -- what it showed, in its unit
    used_at       timestamptz not null,
    recorded_at   timestamptz not null,
    actor         text not null
);
create index gauge_use_gauge on gauge_use (gauge_id, used_at);

alter table round_entry add column gauge_id int references gauge;  -- that it was measured with

-- Words of failures that the plant folder adds; those that came with the program stay.
alter table failure_code add column own boolean not null default false;
