-- copy_series --
-- Every row has the same width: a reading without value leaves as NaN, which is never stored as a value.
copy (
    select point_id, time, coalesce(value, 'NaN'), quality
      from reading
     where point_id = any (%(points)s) and time >= %(start)s and time < %(end)s
     order by point_id, time
) to stdout (format binary)

-- beyond --
-- Points with a reading outside of bounds, and with one that has no value, in a time.
select point_id, bool_or(value is not null) as is_out, bool_or(value is null) as is_unusable
  from reading
 where point_id = any (%(points)s) and time >= %(start)s and time < %(end)s
   and (value is null or value >= %(high)s or value < %(low)s)
 group by point_id

-- moved --
-- Points whose values lay at least so far apart in the closed minutes since a moment.
select point_id from closed_minute
 where point_id = any (%(points)s) and bucket >= %(since)s
 group by point_id
having max(highest) - min(lowest) >= %(by)s

-- last_values --
select p.id as point_id, p.name, r.time, r.received, r.value, r.quality
  from point p
 cross join lateral (
           select time, received, value, quality from reading where point_id = p.id order by time desc limit 1
       ) r
 where %(points)s::int[] is null or p.id = any (%(points)s)
 order by p.id

-- readings --
-- Newest first, each with the message that brought it: the way back to the edge.
select r.time, r.received, r.value, r.quality, b.id as batch_id, b.edge, b.epoch, b.sequence, b.ingested_at,
       aside.claimed_us, aside.status
  from reading r
  join ingest_batch b on b.id = r.batch_id
  left join lateral (
           select claimed_us, status from reading_aside a
            where a.point_id = r.point_id and a.time = r.time and a.batch_id = r.batch_id limit 1
       ) aside on true
 where r.point_id = %(point)s and r.time >= %(start)s and r.time < %(end)s
 order by r.time desc, r.batch_id desc
 limit %(limit)s

-- all_points --
select id, name from point

-- point_ids --
select id, name from point where name = any (%(names)s)

-- trend_readings --
select point_id, date_bin(%(width)s, time, timestamptz '2000-01-01 00:00Z') as bucket,
       min(value) as lowest, avg(value) as mean, max(value) as highest,
       count(*) as n, count(*) filter (where quality >= 192) as good, count(*) filter (where quality < 64) as bad
  from reading
 where point_id = any (%(points)s) and time >= %(start)s and time < %(end)s
 group by 1, 2

-- trend_minutes --
-- Next to nothing is nothing: a quotient too small for a number would be an error, and no trend at all.
select point_id, date_bin(%(width)s, bucket, timestamptz '2000-01-01 00:00Z') as bucket,
       min(lowest) as lowest, max(highest) as highest,
       case when abs(sum(total)) >= 1e-300 then sum(total) / sum(known)::float8 else 0 * sum(total) end as mean,
       sum(n)::bigint as n, sum(good)::bigint as good, sum(bad)::bigint as bad
  from reading_minute
 where point_id = any (%(points)s) and bucket >= %(start)s and bucket < %(end)s
 group by 1, 2

-- trend_hours --
select point_id, date_bin(%(width)s, bucket, timestamptz '2000-01-01 00:00Z') as bucket,
       min(lowest) as lowest, max(highest) as highest,
       case when abs(sum(total)) >= 1e-300 then sum(total) / sum(known)::float8 else 0 * sum(total) end as mean,
       sum(n)::bigint as n, sum(good)::bigint as good, sum(bad)::bigint as bad
  from reading_hour
 where point_id = any (%(points)s) and bucket >= %(start)s and bucket < %(end)s
 group by 1, 2

-- kept_since --
-- Whether the raw readings of these points are all there from a moment on, and their minutes.
select raw <= %(start)s as raw, minutes <= %(start)s as minutes from kept_since(%(points)s::int[])

-- refresh_rollups --
call refresh_rollups(%(until)s)

-- covered --
-- The ranges of an edge's sequences that are stored or set aside, within a range.
select array[min(sequence), max(sequence)]
  from (
           select sequence, sequence - row_number() over (order by sequence) as island
             from (
                      select sequence from ingest_batch
                       where edge = %(edge)s and epoch = %(epoch)s and sequence between %(lo)s and %(hi)s
                       union
                      select sequence from ingest_rejected
                       where edge = %(edge)s and epoch = %(epoch)s and sequence between %(lo)s and %(hi)s
                  ) as found
       ) as numbered
 group by island
 order by 1
