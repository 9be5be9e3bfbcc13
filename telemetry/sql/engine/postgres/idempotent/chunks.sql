-- Partitions of `reading`: made when readings of a new week come, dropped whole by the owner.

-- The programs may not change tables; this routine makes a partition for them. Attaching takes a lock that does not
-- hinder readers and writers, `create table ... partition of` would.
create or replace function make_room(weeks timestamptz[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    week timestamptz;
    name text;
begin
    for week in select distinct date_trunc('week', w, 'UTC') from unnest(weeks) as w order by 1 loop
        name := 'reading_' || to_char(week at time zone 'UTC', 'YYYYMMDD');
        continue when to_regclass('chunk.' || name) is not null;
        lock table reading in share update exclusive mode;  -- another gateway may make it at this moment
        continue when to_regclass('chunk.' || name) is not null;
        execute format('create table chunk.%I (like reading including all, check (time >= %L and time < %L))',
                       name, week, week + interval '7 days');
        execute format('alter table reading attach partition chunk.%I for values from (%L) to (%L)',
                       name, week, week + interval '7 days');
        execute format('create trigger no_truncate before truncate on chunk.%I '
                       'for each statement execute function refuse_change()', name);
    end loop;
end $$;

-- Raw readings before `before` go, whole partitions only, and only at the owner's word. Their roll-ups stay.
create or replace procedure drop_readings(before timestamptz)
language plpgsql set search_path = public, pg_temp as $$
declare
    gone record;
begin
    for gone in
        select c.relname, to_timestamp(right(c.relname, 8), 'YYYYMMDD') as week
          from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'reading'::regclass and to_timestamp(right(c.relname, 8), 'YYYYMMDD') + interval '7 days' <= before
    loop
        execute format('drop table chunk.%I', gone.relname);
        update rollup.state set floor = greatest(floor, gone.week + interval '7 days');
    end loop;
end $$;
revoke execute on procedure drop_readings(timestamptz) from public;
