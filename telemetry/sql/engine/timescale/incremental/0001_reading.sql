-- Raw readings as a hypertable: chunks of a week, a week later columns instead of rows.

create extension if not exists timescaledb;

create table reading (
    point_id  int not null,
    time      timestamptz not null,             -- device time
    received  timestamptz not null,             -- when the edge received it
    value     float8,                           -- null: the quality is bad
    quality   smallint not null,                -- OPC classic byte
    batch_id  bigint not null                   -- the ledger's row: which message brought it, and when it was ingested
);

select create_hypertable('reading', by_range('time', interval '7 days'), create_default_indexes => false);
create index reading_point_time on reading (point_id, time desc);

alter table reading set (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'point_id',
    timescaledb.compress_orderby = 'time desc'
);
select add_compression_policy('reading', interval '7 days');

-- Same names and columns as on PostgreSQL. Newer than the last refresh: counted when asked (materialized_only = false).
create materialized view reading_minute with (timescaledb.continuous, timescaledb.materialized_only = false) as
select point_id, time_bucket(interval '1 minute', time) as bucket, count(*) as n,
       count(*) filter (where quality >= 192) as good, count(*) filter (where quality < 64) as bad,
       count(value) as known, min(value) as lowest, max(value) as highest, sum(value) as total
  from reading
 group by 1, 2
  with no data;

-- Over the raw readings, not over the minutes: in an aggregate of an aggregate late readings were seen to be missed.
create materialized view reading_hour with (timescaledb.continuous, timescaledb.materialized_only = false) as
select point_id, time_bucket(interval '1 hour', time) as bucket, count(*) as n,
       count(*) filter (where quality >= 192) as good, count(*) filter (where quality < 64) as bad,
       count(value) as known, min(value) as lowest, max(value) as highest, sum(value) as total
  from reading
 group by 1, 2
  with no data;

select add_continuous_aggregate_policy('reading_minute', start_offset => null,
       end_offset => interval '1 minute', schedule_interval => interval '1 minute');
select add_continuous_aggregate_policy('reading_hour', start_offset => null,
       end_offset => interval '1 hour', schedule_interval => interval '10 minutes');
