-- What is kept how long: what would go at a moment, and its going. Engines differ in `raw_chunks` and `retire_readings`.

-- Chunk by chunk and class by class, the raw readings whose time is over at `until`. Whole chunks only: what is kept for
-- two years is kept for up to a week more.
create or replace function retention_due(until timestamptz)
returns table (starts timestamptz, ends timestamptz, class text, points int[], readings bigint)
language plpgsql stable set search_path = public, pg_temp as $$ begin
    return query
    select c.starts, c.ends, due.class, due.points, found.n
      from raw_chunks() c
      join lateral (
               select k.name as class, array_agg(p.id order by p.id) as points
                 from retention.class k join point p on p.retention_class = k.name
                where c.ends <= until - k.keep_raw
                group by k.name
           ) due on true
      join lateral (
               select count(*) as n from reading r
                where r.point_id = any (due.points) and r.time >= c.starts and r.time < c.ends
           ) found on found.n > 0
     order by c.starts, due.class;
end $$;

-- Roll-ups whose time is over: by class, up to a whole day.
create or replace function rollups_due(until timestamptz)
returns table (class text, what text, before timestamptz, points int[])
language sql stable set search_path = public, pg_temp as $$
    select k.name, d.what, date_trunc('day', until - d.keep, 'UTC'), d.points
      from retention.class k
      join lateral (select array_agg(id order by id) as points from point where retention_class = k.name) p
        on p.points is not null
      join lateral (values ('minute', k.keep_minutes, p.points), ('hour', k.keep_hours, p.points)) as d (what, keep, points)
        on d.keep is not null
$$;

-- Refuses to let go of evidence, whatever the table of classes says: the last look before readings are dropped.
create or replace function refuse_evidence(gone int[], ends timestamptz, at timestamptz) returns void
language plpgsql stable set search_path = public, pg_temp as $$
begin
    if ends > at - interval '5 years'
       and exists (select from point where id = any (gone) and coalesce(retention_class, 'gxp') = 'gxp') then
        raise exception 'raw readings of class gxp are kept for five years at least' using errcode = 'restrict_violation';
    end if;
end $$;

-- Roll-ups before a moment go, some at a time; answers how many went. They are derived: no rule keeps their rows.
create or replace function forget_rollups(what text, gone int[], before timestamptz, most bigint) returns bigint
language plpgsql set search_path = public, pg_temp as $$
declare
    n bigint;
begin
    execute format('delete from rollup.%I where (point_id, bucket) in (select point_id, bucket from rollup.%I '
                   'where point_id = any ($1) and bucket < $2 limit $3)', what, what) using gone, before, most;
    get diagnostics n = row_count;
    if what = 'minute' then
        insert into retention.floor (point_id, minutes) select unnest(gone), before
            on conflict (point_id) do update set minutes = greatest(floor.minutes, excluded.minutes);
    else
        insert into retention.floor (point_id, hours) select unnest(gone), before
            on conflict (point_id) do update set hours = greatest(floor.hours, excluded.hours);
    end if;
    return n;
end $$;

-- Since when the raw readings of all these points are there, and their roll-ups by minute.
create or replace function kept_since(points int[], out raw timestamptz, out minutes timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select coalesce(max(f.raw), '-infinity'), coalesce(max(f.minutes), '-infinity')
      from retention.floor f where f.point_id = any (points)
$$;

-- The classes, for the programs to know.
create or replace function retention_classes() returns setof retention.class
language sql stable security definer set search_path = public, pg_temp as $$
    select * from retention.class order by coalesce(keep_raw, '1000 years') desc, name
$$;

revoke execute on function retention_due(timestamptz), rollups_due(timestamptz),
       forget_rollups(text, int[], timestamptz, bigint) from public;
drop procedure if exists drop_readings(timestamptz);
