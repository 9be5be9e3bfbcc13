-- The roll-ups as on PostgreSQL, in place of continuous aggregates. Those count a whole bucket anew from what is left of
-- it: a reading that comes after its neighbours were dropped would erase them from the roll-up, and the floor under
-- which they stop looking is one for all points. Ours is each point's own, so a GSP point's late reading of last year is
-- rolled up though the process data beside it is gone.

create schema rollup;

create table rollup.due (
    id          bigint generated always as identity primary key,
    batch_id    bigint not null,                -- the ledger's row, which knows the points
    first_time  timestamptz not null,
    last_time   timestamptz not null
);

create table rollup.state (
    minute  timestamptz not null,               -- rollup.minute holds all before this; what is newer is counted when asked
    hour    timestamptz not null,               -- rollup.hour likewise
    single  boolean primary key default true check (single)
);
insert into rollup.state (minute, hour) values ('-infinity', '-infinity');

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

-- What has been rolled up stays, above all that of raw readings which have been dropped: those lie before the first chunk,
-- and no late reading counts them anew. The rest is due, and is rolled up once more.
insert into rollup.minute (point_id, bucket, n, good, bad, known, lowest, highest, total)
select point_id, bucket, n, good, bad, known, lowest, highest, total from reading_minute;
insert into rollup.hour (point_id, bucket, n, good, bad, known, lowest, highest, total)
select point_id, bucket, n, good, bad, known, lowest, highest, total from reading_hour;
insert into retention.floor (point_id, raw)
select distinct h.point_id, c.first
  from rollup.hour h
 cross join (select min(range_start) as first from timescaledb_information.chunks
              where hypertable_schema = 'public' and hypertable_name = 'reading') c
 where h.bucket < c.first;
drop materialized view reading_minute;
drop materialized view reading_hour;
insert into rollup.due (batch_id, first_time, last_time) select id, first_time, last_time from ingest_batch where n > 0;

-- As on PostgreSQL: new readings are the last of their point.
drop index reading_point_time;
create index reading_point_time on reading (point_id, time);
