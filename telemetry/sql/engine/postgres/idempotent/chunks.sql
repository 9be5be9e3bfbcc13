-- Partitions of `reading`: made when readings of a new week come, dropped whole by the owner.

-- Makes the table of a week, which is there and whose check says that it holds that week only, a partition.
create or replace function attach_week(week timestamptz) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    name text := 'reading_' || to_char(week at time zone 'UTC', 'YYYYMMDD');
begin
    execute format('alter table reading attach partition chunk.%I for values from (%L) to (%L)',
                   name, week, week + interval '7 days');
    execute format('create trigger no_truncate before truncate on chunk.%I '
                   'for each statement execute function refuse_change()', name);
end $$;
revoke execute on function attach_week(timestamptz) from public;

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
        perform attach_week(week);
    end loop;
end $$;

-- The partitions, oldest first.
create or replace function raw_chunks() returns table (starts timestamptz, ends timestamptz)
language sql stable set search_path = public, pg_temp as $$
    select week, week + interval '7 days'
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
     cross join to_timestamp(right(c.relname, 8), 'YYYYMMDD') as week
     where i.inhparent = 'reading'::regclass
     order by 1
$$;
revoke execute on function raw_chunks() from public;

-- The readings of these points go out of one partition. No row is deleted: what stays is copied into a new table, which
-- takes the place of the old one; where nothing stays the partition just goes. Their roll-ups stay. Late readings of that
-- week wait meanwhile, new ones only for the moment of the change.
create or replace procedure retire_readings(week timestamptz, gone int[], at timestamptz)
language plpgsql set search_path = public, pg_temp as $$
declare
    name text := 'reading_' || to_char(week at time zone 'UTC', 'YYYYMMDD');
    ends timestamptz := week + interval '7 days';
    kept bigint;
begin
    perform refuse_evidence(gone, ends, at);
    set local lock_timeout = '3s';  -- rather try again than let every gateway wait behind a long query
    execute format('lock table chunk.%I in share mode', name);
    execute format('create table chunk.staying (like reading, check (time >= %L and time < %L))', week, ends);
    execute format('insert into chunk.staying select * from chunk.%I where point_id <> all ($1)', name) using gone;
    get diagnostics kept = row_count;
    execute 'create index on chunk.staying (point_id, time)';
    execute format('alter table reading detach partition chunk.%I', name);
    execute format('drop table chunk.%I', name);
    if kept = 0 then
        drop table chunk.staying;
    else
        execute format('alter table chunk.staying rename to %I', name);
        perform attach_week(week);
    end if;
    insert into retention.floor (point_id, raw) select unnest(gone), ends
        on conflict (point_id) do update set raw = greatest(floor.raw, excluded.raw);
end $$;
revoke execute on procedure retire_readings(timestamptz, int[], timestamptz) from public;
