-- The roll-ups `reading_minute` and `reading_hour` on both engines: tables kept by `refresh_rollups`, and what is newer
-- than they are. What was dropped of a point (retention.floor) stays as it was rolled up, whatever still comes.

create or replace view reading_minute as
select point_id, bucket, n, good, bad, known, lowest, highest, total
  from rollup.minute
 where bucket < (select minute from rollup.state)
union all
select point_id, date_bin('1 minute', time, timestamptz '2000-01-01 00:00Z'), count(*),
       count(*) filter (where quality >= 192), count(*) filter (where quality < 64), count(value),
       min(value), max(value), sum(value)
  from reading
 where time >= (select minute from rollup.state)
 group by 1, 2;

-- What is rolled up, without what is newer: for questions about all points that must cost little.
create or replace view closed_minute as
select point_id, bucket, n, good, bad, known, lowest, highest, total
  from rollup.minute
 where bucket < (select minute from rollup.state);

create or replace view reading_hour as
select point_id, bucket, n, good, bad, known, lowest, highest, total
  from rollup.hour
 where bucket < (select hour from rollup.state)
union all
select point_id, date_bin('1 hour', bucket, timestamptz '2000-01-01 00:00Z'), sum(n)::bigint,
       sum(good)::bigint, sum(bad)::bigint, sum(known)::bigint, min(lowest), max(highest), sum(total)
  from reading_minute
 where bucket >= (select hour from rollup.state)
 group by 1, 2;

-- What the programs tell the roll-ups, in the transaction that stores the readings.
create or replace function rollup_is_due(batches bigint[], first_time timestamptz[], last_time timestamptz[]) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into rollup.due (batch_id, first_time, last_time)
    select b, f, l from unnest(batches, first_time, last_time) as d (b, f, l)
$$;

-- Rolls up every closed minute and hour that has new readings, late ones included. Safe to call from many programs:
-- whoever comes second finds it being done.
create or replace procedure refresh_rollups(until timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    was     rollup.state;
    -- The last minute stays open: what comes a few seconds late is still counted when asked.
    minutes timestamptz := date_trunc('minute', until - interval '1 minute', 'UTC');
    hours   timestamptz := date_trunc('hour', minutes, 'UTC');
begin
    if not pg_try_advisory_xact_lock(7463002) then
        return;
    end if;
    select * into was from rollup.state;
    minutes := greatest(minutes, was.minute);
    hours := greatest(hours, was.hour);
    if minutes = was.minute and not exists (select from rollup.due where first_time < minutes) then
        return;
    end if;
    create temp table if not exists dirty_minute (point_id int, bucket timestamptz) on commit drop;
    truncate pg_temp.dirty_minute;
    with taken as (
        delete from rollup.due where first_time < minutes returning batch_id, first_time, last_time
    ), still_due as (
        insert into rollup.due (batch_id, first_time, last_time)
        select batch_id, minutes, last_time from taken where last_time >= minutes
    )
    insert into pg_temp.dirty_minute
    select distinct point_id, bucket
      from taken t
      join ingest_batch b on b.id = t.batch_id, unnest(b.points) as point_id,
           generate_series(date_trunc('minute', t.first_time, 'UTC'), t.last_time, interval '1 minute') as bucket
     where bucket < minutes;
    analyze pg_temp.dirty_minute;

    -- Lateral, and an hour of a point at a time: each is one short walk along the index, however large the table is. As a
    -- plain join it was seen to read all of it.
    insert into rollup.minute
    select d.point_id, m.*
      from (
               select point_id, min(bucket) as first, max(bucket) as last
                 from pg_temp.dirty_minute group by point_id, date_trunc('hour', bucket, 'UTC')
           ) d
      left join retention.floor f on f.point_id = d.point_id
     cross join lateral (
               select date_bin('1 minute', r.time, timestamptz '2000-01-01 00:00Z'), count(*),
                      count(*) filter (where r.quality >= 192), count(*) filter (where r.quality < 64),
                      count(r.value), min(r.value), max(r.value), sum(r.value)
                 from reading r
                where r.point_id = d.point_id
                  and r.time >= greatest(d.first, f.raw) and r.time < d.last + interval '1 minute'
                group by 1
           ) m
        on conflict (point_id, bucket) do update
       set (n, good, bad, known, lowest, highest, total) = (excluded.n, excluded.good, excluded.bad, excluded.known,
            excluded.lowest, excluded.highest, excluded.total);

    -- Hours with new minutes, and hours that close now: theirs were rolled up while they were open.
    with dirty as (
        select distinct point_id, date_trunc('hour', bucket, 'UTC') as bucket
          from pg_temp.dirty_minute where bucket < hours
        union
        select p.id, closed
          from point p, generate_series(nullif(was.hour, '-infinity'), hours - interval '1 hour', interval '1 hour') as closed
         where exists (select from rollup.minute m
                        where m.point_id = p.id and m.bucket >= closed and m.bucket < closed + interval '1 hour')
    )
    insert into rollup.hour
    select d.point_id, d.bucket, h.*
      from dirty d
      left join retention.floor f on f.point_id = d.point_id
     cross join lateral (
               select sum(m.n), sum(m.good), sum(m.bad), sum(m.known), min(m.lowest), max(m.highest), sum(m.total)
                 from rollup.minute m
                where m.point_id = d.point_id and m.bucket >= d.bucket and m.bucket < d.bucket + interval '1 hour'
               having count(*) > 0
           ) h
     where d.bucket >= coalesce(f.minutes, '-infinity')
        on conflict (point_id, bucket) do update
       set (n, good, bad, known, lowest, highest, total) = (excluded.n, excluded.good, excluded.bad, excluded.known,
            excluded.lowest, excluded.highest, excluded.total);

    update rollup.state set minute = minutes, hour = hours;
end $$;
