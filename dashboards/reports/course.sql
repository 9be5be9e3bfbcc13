-- readings_in --
-- About how many readings the points have in a window: whole hours, from the roll-ups.
select coalesce(sum(n), 0)::bigint from reading_hour
 where point_id = any (%(points)s) and bucket >= %(start)s and bucket < %(end)s

-- raw_is_left --
select raw <= %(start)s from kept_since(%(points)s::int[])

-- copy_minutes --
-- Every row has the same width: a minute of bad readings alone leaves as NaN.
copy (
    select point_id, bucket, coalesce(lowest, 'NaN'), coalesce(total / nullif(known, 0), 'NaN'), coalesce(highest, 'NaN'),
           n::int4, bad::int4
      from reading_minute
     where point_id = any (%(points)s) and bucket >= %(start)s and bucket < %(end)s
     order by point_id, bucket
) to stdout (format binary)

-- first_readings --
select asked.id as point_id, first.time
  from unnest(%(points)s::int[]) as asked (id)
 cross join lateral (select time from reading where point_id = asked.id order by time limit 1) as first
