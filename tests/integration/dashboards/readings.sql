-- make_room --
select make_room(array[%(start)s::timestamptz, %(until)s::timestamptz])

-- insert --
-- Two hours of readings every ten seconds for every point of the demo plant, calm but for the points of one room, which
-- leave their limits from `out_from` to `out_to`.
insert into reading (point_id, time, received, value, quality, batch_id)
select m.point_id, t, t,
       case m.role
           when 'air' then
               case when m.policy = 'frozen-20' then -20 else 5 end + 0.9 * sin(extract(epoch from t) / 300 + m.point_id)
               + case when m.zone_id = %(warm_zone)s and t >= %(out_from)s and t < %(out_to)s
                      then least(7, extract(epoch from t - %(out_from)s) / 120) else 0 end
           when 'product' then 4.9
           when 'door' then 0
           when 'mains' then 1
           when 'running' then (extract(epoch from t)::int / 600) %% 2
           when 'defrost' then 0
           when 'cooling' then 1
           when 'state' then 1
           when 'speed' then 62 + sin(extract(epoch from t) / 100)
           when 'count' then floor(extract(epoch from t - %(start)s))
           when 'humidity' then 48 + sin(extract(epoch from t) / 900)
           when 'position' then case m.measure when 'latitude' then 20.01 else 110.30 end
           when 'battery' then 13.1
           when 'ambient' then 27.4
           else 3.2 + 0.1 * sin(extract(epoch from t) / 60)
       end, 192, 0
  from measuring_point m
 cross join generate_series(%(start)s::timestamptz, %(until)s::timestamptz, interval '10 seconds') t
 where m.measure <> all (%(silent)s)

-- fate --
insert into ingest_fate (edge, taken, stored, duplicate, rejected, last_at)
values (%(edge)s, 84960, 84951, 6, 3, %(now)s)

-- set_aside --
insert into ingest_rejected (at, edge, epoch, sequence, subject, code, detail, n, payload, digest)
values (%(now)s, 'edge-fleet', 1, 77, 'readings.hainan.edge-fleet', 'BadTimestamp', 'device time lies in the future',
        3, '\x00', '\x00')
