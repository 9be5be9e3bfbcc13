-- carrying --
-- Of a vehicle: from the first load of each trip to the last unload that emptied it, or to the trip's end.
select t.zone_id, min(s.happened_at) as start,
       case when sum(case s.direction when 'load' then s.quantity else -s.quantity end) = 0 then max(s.happened_at)
            else t.judged_at end as "end"
  from trip t
  join trip_scan s on s.trip_id = t.id
 where t.zone_id = %(zone_id)s and t.status <> 'cancelled'
 group by t.id
having t.judged_at is null or greatest(t.judged_at, max(s.happened_at)) > %(since)s

-- plan --
insert into trip (number, zone_id, status, origin, destination, carrier, escort, planned_departure, planned_arrival,
                  planned_by, planned_at)
values (%(number)s, %(zone_id)s, 'planned', %(origin)s, %(destination)s, %(carrier)s, %(escort)s,
        %(planned_departure)s, %(planned_arrival)s, %(actor)s, %(now)s)
returning *

-- trip --
select * from trip where id = %(id)s

-- lock --
select * from trip where id = %(id)s for update

-- trips --
-- Newest first; every filter that is null is no filter.
select * from trip
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(zone_id)s::int is null or zone_id = %(zone_id)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- step --
-- What a step doesn't say stays as it is.
update trip
   set status = %(status)s, version = version + 1,
       precooled = coalesce(%(precooled)s, precooled), loading_at = coalesce(%(loading_at)s, loading_at),
       departed_at = coalesce(%(departed_at)s, departed_at), arrived_at = coalesce(%(arrived_at)s, arrived_at)
 where id = %(id)s
returning *

-- judge --
update trip
   set status = %(status)s, judged_at = %(now)s, judged_record = %(record)s, judgement_reason = %(reason)s,
       signature_id = %(signature_id)s, deviation_id = coalesce(%(deviation_id)s, deviation_id), version = version + 1
 where id = %(id)s
returning *

-- reopen --
-- When it was judged last stays: what was unloaded after that is no part of the trip.
update trip
   set status = 'arrived', judged_record = null, judgement_reason = null, signature_id = null, version = version + 1
 where id = %(id)s
returning *

-- touch --
update trip set version = version + 1 where id = %(id)s

-- other_open --
select count(*) from trip where zone_id = %(zone_id)s and id <> %(id)s and status in ('loading', 'under_way')

-- scan --
insert into trip_scan (trip_id, lot_id, direction, quantity, unit, zone_id, happened_at, scanned_at, scanned_by)
values (%(trip_id)s, %(lot_id)s, %(direction)s, %(quantity)s, %(unit)s, %(zone_id)s, %(happened_at)s, %(now)s,
        %(actor)s)
returning *

-- scans --
select * from trip_scan where trip_id = any (%(trip_ids)s) order by happened_at, id

-- record --
insert into trip_record (trip_id, version, made_at, reason, from_time, to_time, conforms, content, sha256)
values (%(trip_id)s, %(version)s, %(now)s, %(reason)s, %(from_time)s, %(to_time)s, %(conforms)s, %(content)s,
        %(sha256)s)
returning *

-- records --
select * from trip_record where trip_id = %(trip_id)s order by version

-- looked_to --
-- Up to where the ledger has been looked at by the watch: what comes later is in no record yet.
select coalesce((select min(id) - 1 from ingest_batch where watched_at is null), (select max(id) from ingest_batch), 0)

-- looked --
update trip set looked_id = %(looked_id)s where id = %(id)s

-- reached --
-- Trips with a record whose window and points are touched by readings that came after it. Ledger rows may be committed
-- out of order: the last thousand are looked at again.
select t.id
  from trip t
  join lateral (select from_time, to_time from trip_record where trip_id = t.id order by version desc limit 1) r on true
 where t.status in ('arrived', 'accepted', 'refused') and t.arrived_at > %(since)s and t.looked_id < %(looked_id)s
   and exists (select from ingest_batch b
                where b.id > t.looked_id - 1000 and b.id <= %(looked_id)s and b.watched_at is not null
                  and b.first_time <= r.to_time and b.last_time >= r.from_time
                  and b.points && array(select m.point_id from measuring_point m where m.zone_id = t.zone_id))
 order by t.id

-- looked_all --
update trip set looked_id = %(looked_id)s
 where status in ('arrived', 'accepted', 'refused') and arrived_at > %(since)s and looked_id < %(looked_id)s
