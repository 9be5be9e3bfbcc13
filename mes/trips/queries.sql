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
