-- Raw readings in native range partitions, a week each. Partitions and roll-ups stand in schemas of their own: grants on
-- the tables of `public` never reach them, so that a program can't go around the table `reading`.

create schema chunk;
create schema rollup;

create table reading (
    point_id  int not null,
    time      timestamptz not null,             -- device time
    received  timestamptz not null,             -- when the edge received it
    value     float8,                           -- null: the quality is bad
    quality   smallint not null,                -- OPC classic byte
    batch_id  bigint not null                   -- the ledger's row: which message brought it, and when it was ingested
) partition by range (time);

create index reading_point_time on reading (point_id, time desc);

-- What was stored and is not rolled up yet, written in the transaction that stored it. A message that spans more than
-- an hour leaves a row for each hour it touches.
create table rollup.due (
    id          bigint generated always as identity primary key,
    batch_id    bigint not null,                -- the ledger's row, which knows the points
    first_time  timestamptz not null,
    last_time   timestamptz not null
);

create table rollup.state (
    minute  timestamptz not null,               -- rollup.minute holds all before this; what is newer is counted when asked
    hour    timestamptz not null,               -- rollup.hour likewise
    floor   timestamptz not null,               -- raw readings before this have been dropped: their roll-ups stay as they are
    single  boolean primary key default true check (single)
);
insert into rollup.state (minute, hour, floor) values ('-infinity', '-infinity', '-infinity');

create table rollup.minute (
    point_id  int not null,
    bucket    timestamptz not null,             -- start of the minute
    n         bigint not null,                  -- readings
    good      bigint not null,                  -- of good quality
    bad       bigint not null,                  -- of bad quality; the rest is uncertain
    known     bigint not null,                  -- with a value
    lowest    float8,
    highest   float8,
    total     float8,                           -- sum of the values: mean = total / known
    primary key (point_id, bucket)
);

create table rollup.hour (like rollup.minute including all);
