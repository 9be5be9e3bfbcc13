-- make_room --
select make_room(%(days)s::timestamptz[])

-- fill_day --
-- A day of a room, each of its points once a minute, as one message; a warm hour now and then, and a gap.
with message as (
    insert into ingest_batch (edge, epoch, sequence, lane, n, points, first_time, last_time, digest, ingested_at,
                              watched_at)
    select 'edge-cold-store', 1, %(sequence)s, 'live', 1440, array_agg(point_id), %(start)s, %(end)s, '\x00', %(end)s,
           %(end)s
      from measuring_point where zone_id = %(zone)s
    returning id, points
), told as (
    select rollup_is_due(array[id], array[%(start)s::timestamptz], array[%(end)s::timestamptz]) from message
)
insert into reading (point_id, time, received, value, quality, batch_id)
select m.point_id, t, t,
       case m.role
           when 'air' then 5 + 0.9 * sin(extract(epoch from t) / 900 + m.point_id)
               + case when extract(hour from t) = 3 and %(sequence)s %% 30 = 7 then 5 else 0 end
           when 'product' then 5 + 0.2 * sin(extract(epoch from t) / 5000)
           when 'humidity' then 48 + 3 * sin(extract(epoch from t) / 7000)
           when 'mains' then 1
           when 'door' then (extract(minute from t)::int %% 40 = 0)::int
           when 'defrost' then (extract(hour from t)::int %% 8 = 0 and extract(minute from t) < 20)::int
           else 3
       end, 192, message.id
  from told, message, measuring_point m, generate_series(%(start)s, %(end)s, interval '1 minute') as t
 where m.zone_id = %(zone)s and not (%(sequence)s %% 20 = 11 and extract(hour from t) = 14)

-- tidy --
vacuum (analyze) reading, rollup.minute, rollup.hour
