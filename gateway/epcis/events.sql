-- lock --
-- One captures at a time: numbers are given in the order in which they are committed.
select pg_advisory_xact_lock(7463013)

-- holds_due --
select h.id from lot_hold h
 where not exists (select from epcis_event e where e.subject = 'hold:' || h.id) order by h.placed_at, h.id

-- lifted_due --
select h.id from lot_hold h
 where h.lifted_at is not null and not exists (select from epcis_event e where e.subject = 'lifted:' || h.id)
 order by h.lifted_at, h.id

-- scans_due --
select distinct s.trip_id from trip_scan s
 where not exists (select from epcis_event e where e.subject = 'scan:' || s.id) order by s.trip_id

-- scans_told --
select id from trip_scan s
 where s.trip_id = any (%(trip_ids)s) and exists (select from epcis_event e where e.subject = 'scan:' || s.id)

-- silences_due --
-- Points with limits that fell silent while their zone was in no excursion: that one tells its gaps itself.
select a.id from alarm a
  join measuring_point m on m.point_id = a.point_id and m.policy is not null
 where a.kind = 'stale'
   and not exists (select from epcis_event e where e.subject = 'silent:' || a.id)
   and not exists (select from excursion x where x.zone_id = a.zone_id and x.started_at <= a.raised_at
                      and (x.ended_at is null or x.ended_at > a.raised_at))
 order by a.raised_at, a.id

-- silences_over_due --
select a.id from alarm a
  join measuring_point m on m.point_id = a.point_id and m.policy is not null
 where a.kind = 'stale' and a.cleared_at is not null
   and not exists (select from epcis_event e where e.subject = 'heard:' || a.id)
   and not exists (select from excursion x where x.zone_id = a.zone_id and x.started_at <= a.raised_at
                      and (x.ended_at is null or x.ended_at >= a.cleared_at))
 order by a.cleared_at, a.id

-- shipped_due --
select s.id from shipment s
 where s.shipped_at is not null and not exists (select from epcis_event e where e.subject = 'shipped:' || s.id)
 order by s.shipped_at, s.id

-- arrived_due --
-- Somebody took it over there; what was refused is told when it comes back.
select s.id from shipment s
 where s.arrived_at is not null and s.receiver <> ''
   and not exists (select from epcis_event e where e.subject = 'arrived:' || s.id)
 order by s.arrived_at, s.id

-- returned_due --
-- By the shipment that it came back from.
select distinct r.shipment_id from shipment_return r
 where not exists (select from epcis_event e where e.subject = 'returned:' || r.lot_id) order by r.shipment_id

-- returned_told --
select r.lot_id from shipment_return r
 where r.shipment_id = %(shipment_id)s and exists (select from epcis_event e where e.subject = 'returned:' || r.lot_id)

-- excursions_due --
-- What an excursion says follows its own version and those of its episodes; readings that only grow change none.
select x.id, x.version + coalesce(sum(e.version), 0)::int as version
  from excursion x
  left join episode e on e.excursion_id = x.id
  left join epcis_excursion told on told.excursion_id = x.id
 group by x.id, told.told_version
having told.told_version is distinct from x.version + coalesce(sum(e.version), 0)::int
 order by x.id

-- told --
insert into epcis_excursion (excursion_id, told_version) values (%(id)s, %(version)s)
    on conflict (excursion_id) do update set told_version = excluded.told_version

-- keep --
insert into epcis_event (event_id, subject, revision, is_final, is_error, event_time, recorded_at, body)
values (%(event_id)s, %(subject)s, %(revision)s, %(is_final)s, %(is_error)s, %(event_time)s, %(now)s, %(body)s)

-- of_subject --
select * from epcis_event where subject = %(subject)s order by seq

-- events --
-- Every filter that is null is no filter.
select * from epcis_event
 where seq > %(after)s
   and (%(ge_event)s::timestamptz is null or event_time >= %(ge_event)s)
   and (%(lt_event)s::timestamptz is null or event_time < %(lt_event)s)
   and (%(ge_record)s::timestamptz is null or recorded_at >= %(ge_record)s)
   and (%(lt_record)s::timestamptz is null or recorded_at < %(lt_record)s)
   and (%(event_ids)s::text[] is null or event_id = any (%(event_ids)s))
 order by seq
 limit %(limit)s
