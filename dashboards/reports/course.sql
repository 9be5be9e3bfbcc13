-- readings_in --
-- About how many readings the points have in a window: whole hours, from the roll-ups.
select coalesce(sum(n), 0)::bigint from reading_hour
 where point_id = any (%(points)s) and bucket >= %(start)s and bucket < %(end)s

-- raw_is_left --
select raw <= %(start)s from kept_since(%(points)s::int[])

-- readings --
-- A row a point, its columns as bytes in order of time: a row a reading would cost more to fetch than to find.
select asked.id as point_id, c.time, c.low, c.low as mean, c.low as high, c.quality, null::bytea as n
  from unnest(%(points)s::int[]) as asked (id)
 cross join lateral (
           select string_agg(timestamptz_send(time), '') as time, string_agg(float8send(value), '') as low,
                  string_agg(int2send(quality), '') as quality
             from (
                      select time, coalesce(value, 'NaN') as value, quality from reading
                       where point_id = asked.id and time >= %(start)s and time < %(end)s
                       order by time
                  ) as r
       ) as c
 where c.time is not null

-- minutes --
-- The same of roll-ups by minute; a minute of bad readings alone has no value, and bad quality.
select asked.id as point_id, c.time, c.low, c.mean, c.high, c.quality, c.n
  from unnest(%(points)s::int[]) as asked (id)
 cross join lateral (
           select string_agg(timestamptz_send(bucket), '') as time, string_agg(float8send(low), '') as low,
                  string_agg(float8send(mean), '') as mean, string_agg(float8send(high), '') as high,
                  string_agg(int2send(case when mean = 'NaN' then 0 else 192 end::int2), '') as quality,
                  string_agg(int4send(n::int4), '') as n
             from (
                      select bucket, coalesce(lowest, 'NaN') as low, coalesce(total / nullif(known, 0), 'NaN') as mean,
                             coalesce(highest, 'NaN') as high, n
                        from reading_minute
                       where point_id = asked.id and bucket >= %(start)s and bucket < %(end)s
                       order by bucket
                  ) as m
       ) as c
 where c.time is not null

-- first_readings --
select asked.id as point_id, first.time
  from unnest(%(points)s::int[]) as asked (id)
 cross join lateral (select time from reading where point_id = asked.id order by time limit 1) as first
