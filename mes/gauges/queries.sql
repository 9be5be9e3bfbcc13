-- add --
insert into gauge (instrument_id, kind, name_en, name_zh, place, low, high, interval_months)
values (%(instrument_id)s, %(kind)s, %(name_en)s, %(name_zh)s, %(place)s, %(low)s, %(high)s, %(interval_months)s)
on conflict (instrument_id) do nothing
returning id

-- gauges --
-- By serial number; every filter that is null is no filter.
select g.id, g.instrument_id, i.serial, i.model, i.unit, g.kind, g.name_en, g.name_zh, g.place, g.low, g.high,
       g.interval_months, g.status, g.reason, g.version
  from gauge g join instrument i on i.id = g.instrument_id
 where (%(id)s::int is null or g.id = %(id)s) and (%(serial)s::text is null or i.serial = %(serial)s)
 order by i.serial

-- lock --
select version from gauge where id = %(id)s for update

-- set_status --
update gauge set status = %(status)s, reason = %(reason)s, version = version + 1 where id = %(id)s

-- add_use --
insert into gauge_use (gauge_id, record_type, record_id, label, value, used_at, recorded_at, actor)
values (%(gauge_id)s, %(record_type)s, %(record_id)s, %(label)s, %(value)s, %(used_at)s, %(now)s, %(actor)s)
returning id

-- uses --
-- Newest first; every filter that is null is no filter. [start, end).
select id, gauge_id, record_type, record_id, label, value, used_at, recorded_at, actor from gauge_use
 where gauge_id = %(gauge_id)s
   and (%(start)s::timestamptz is null or used_at >= %(start)s)
   and (%(end)s::timestamptz is null or used_at < %(end)s)
 order by used_at desc, id desc
 limit %(limit)s
