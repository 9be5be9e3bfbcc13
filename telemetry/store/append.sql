-- insert_points --
insert into point (name) select unnest(%(names)s::text[]) order by 1 on conflict (name) do nothing

-- find_points --
select id, name from point where name = any (%(names)s)

-- make_room --
select make_room(%(weeks)s)

-- insert_batches --
-- In the order of the key: gateways that take the same messages wait for each other, and never in a circle. Lists of
-- points, which edges name again and again, come once each and in binary: to quote and read them took longer than the
-- rest. What touches no more than an hour is told to the roll-ups at once.
with entered as (
    insert into ingest_batch (edge, epoch, sequence, lane, n, points, first_time, last_time, digest, ingested_at)
    select edge, epoch, sequence, lane, n, l.points::int[], first_time, last_time, digest, %(now)s
      from unnest(%(edge)b::text[], %(epoch)s::bigint[], %(sequence)s::bigint[], %(lane)b::text[], %(n)s::int[],
                  %(list)s::int[], %(first_time)s::timestamptz[], %(last_time)s::timestamptz[], %(digest)b::bytea[])
           as b (edge, epoch, sequence, lane, n, list, first_time, last_time, digest)
      join unnest(%(lists)b::text[]) with ordinality as l (points, number) on l.number = b.list
     order by edge, epoch, sequence
        on conflict (edge, epoch, sequence) do nothing
    returning id, edge, epoch, sequence, n, first_time, last_time
), told as (
    select rollup_is_due(array_agg(id), array_agg(first_time), array_agg(last_time))
      from entered where n > 0 and last_time - first_time <= interval '1 hour'
)
select id, edge, epoch, sequence from entered, told

-- known_digests --
select b.id, b.edge, b.epoch, b.sequence, b.digest
  from ingest_batch b
  join unnest(%(edge)s::text[], %(epoch)s::bigint[], %(sequence)s::bigint[]) as k (edge, epoch, sequence)
    on (b.edge, b.epoch, b.sequence) = (k.edge, k.epoch, k.sequence)

-- copy_readings --
copy reading (point_id, time, received, value, quality, batch_id) from stdin (format binary)

-- insert_readings --
insert into reading (point_id, time, received, value, quality, batch_id)
select point_id, timestamptz 'epoch' + time_us * interval '1 microsecond',
       timestamptz 'epoch' + received_us * interval '1 microsecond', value, quality, batch_id
  from unnest(%(point)s::int[], %(time_us)s::bigint[], %(received_us)s::bigint[], %(value)s::float8[],
              %(quality)s::smallint[], %(batch)s::bigint[])
       as r (point_id, time_us, received_us, value, quality, batch_id)

-- rollup_is_due --
select rollup_is_due(%(batches)s::bigint[], %(first)s, %(last)s)

-- set_aside --
-- Nothing comes back for what was set aside before: a second delivery of the same bytes.
insert into ingest_rejected (at, edge, epoch, sequence, subject, code, detail, n, payload, digest)
values (%(now)s, %(edge)s, %(epoch)s, %(sequence)s, %(subject)s, %(code)s, %(detail)s, %(n)s, %(payload)s, %(digest)s)
    on conflict (subject, code, digest) do nothing
returning id

-- count_fates --
insert into ingest_fate as f (edge, taken, stored, duplicate, rejected, last_at)
select edge, stored + duplicate + rejected, stored, duplicate, rejected, %(now)s
  from unnest(%(edge)s::text[], %(stored)s::bigint[], %(duplicate)s::bigint[], %(rejected)s::bigint[])
       as t (edge, stored, duplicate, rejected)
 order by edge
    on conflict (edge) do update
   set taken = f.taken + excluded.taken, stored = f.stored + excluded.stored,
       duplicate = f.duplicate + excluded.duplicate, rejected = f.rejected + excluded.rejected,
       last_at = excluded.last_at
