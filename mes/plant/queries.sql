-- sites --
select code, name_en, name_zh, time_zone from site order by code

-- areas --
select site, code, name_en, name_zh from area where retired_at is null order by site, code

-- zones --
select id, code, site, area, kind, name_en, name_zh, policy, parent_id
  from zone
 where retired_at is null
 order by id

-- zone --
-- A retired zone is still found by its id: records refer to it.
select id, code, site, area, kind, name_en, name_zh, policy, parent_id
  from zone
 where id = %(zone_id)s

-- zones_by_id --
select id, code, site, area, kind, name_en, name_zh, policy, parent_id
  from zone
 where id = any (%(zone_ids)s)
 order by id

-- zone_named --
select id, code, site, area, kind, name_en, name_zh, policy, parent_id
  from zone
 where code = %(code)s

-- zone_with_descendants --
with recursive within as (
    select zone.* from zone where id = %(zone_id)s
    union
    select zone.* from zone join within on zone.parent_id = within.id
)
select id, code, site, area, kind, name_en, name_zh, policy, parent_id from within order by id

-- equipment --
select id, path, kind, name_en, name_zh, parent_id, zone_id, status, version
  from equipment
 where status <> 'retired'
 order by id

-- machine --
select id, path, kind, name_en, name_zh, parent_id, zone_id, status, version
  from equipment
 where id = %(equipment_id)s

-- machine_named --
select id, path, kind, name_en, name_zh, parent_id, zone_id, status, version
  from equipment
 where path = %(path)s

-- cooling_of --
-- What cools a zone: its compressor; a truck's cooling is part of the truck. A bin is cooled by the room around it.
with recursive around as (
    select zone.*, 0 as step from zone where id = %(zone_id)s
    union all
    select zone.*, around.step + 1 from zone join around on zone.id = around.parent_id
)
select e.id, e.path, e.kind, e.name_en, e.name_zh, e.parent_id, e.zone_id, e.status, e.version
  from equipment e
  join around on around.id = e.zone_id
 where e.status <> 'retired' and e.kind in ('compressor', 'vehicle')
 order by around.step, e.kind, e.id
 limit 1

-- set_equipment_status --
update equipment
   set status = %(status)s, version = version + 1
 where id = %(equipment_id)s
returning id, path, kind, name_en, name_zh, parent_id, zone_id, status, version

-- log_equipment_status --
insert into equipment_log (equipment_id, status, batch_id, reason, changed_by, changed_at)
values (%(equipment_id)s, %(status)s, %(batch_id)s, %(reason)s, %(actor)s, %(now)s)

-- points --
-- Every filter that is null is no filter.
select m.point_id, p.name, m.equipment_id, e.path as equipment_path, m.zone_id, m.measure, m.role, m.unit,
       m.name_en, m.name_zh, m.policy, m.resolution, m.interval_s, m.stale_s
  from measuring_point m
  join point p on p.id = m.point_id
  join equipment e on e.id = m.equipment_id
 where m.retired_at is null
   and (%(policy)s::text is null or m.policy = %(policy)s)
   and (%(equipment_id)s::int is null or m.equipment_id = %(equipment_id)s)
   and (%(zone_ids)s::int[] is null or m.zone_id = any (%(zone_ids)s))
 order by m.point_id

-- points_by_id --
-- Retired points too: records refer to them.
select m.point_id, p.name, m.equipment_id, e.path as equipment_path, m.zone_id, m.measure, m.role, m.unit,
       m.name_en, m.name_zh, m.policy, m.resolution, m.interval_s, m.stale_s
  from measuring_point m
  join point p on p.id = m.point_id
  join equipment e on e.id = m.equipment_id
 where m.point_id = any (%(point_ids)s)
 order by m.point_id

-- point --
-- By its id a retired point is still found, since records refer to it; by its name only one that is in the model.
select m.point_id, p.name, m.equipment_id, e.path as equipment_path, m.zone_id, m.measure, m.role, m.unit,
       m.name_en, m.name_zh, m.policy, m.resolution, m.interval_s, m.stale_s
  from measuring_point m
  join point p on p.id = m.point_id
  join equipment e on e.id = m.equipment_id
 where m.point_id = %(point_id)s
    or p.name = %(name)s and m.retired_at is null

-- rules --
select id, policy as code, version, title_en, title_zh, low, high, critical_low, critical_high, delay_s,
       critical_delay_s, deadband, stale_s, resolution, effective_from, effective_to, reason, applied_by, document,
       signature_id
  from limit_rule
 where %(policy)s::text is null or policy = %(policy)s
 order by policy, version

-- plant_mark --
select concat_ws(' ', (select sum(hashtextextended(m::text, 0)) from measuring_point m),
                 (select sum(hashtextextended(z::text, 0)) from zone z),
                 (select sum(hashtextextended(e::text, 0)) from equipment e))

-- rules_mark --
select count(*) || ' ' || coalesce(max(id), 0) from limit_rule

-- rule --
select id, policy as code, version, title_en, title_zh, low, high, critical_low, critical_high, delay_s,
       critical_delay_s, deadband, stale_s, resolution, effective_from, effective_to, reason, applied_by, document,
       signature_id
  from limit_rule
 where id = %(rule_id)s

-- lock_policy --
-- Two people who add the next version at once: the second waits and then sees the first.
select pg_advisory_xact_lock(hashtext('limit_rule ' || %(policy)s))

-- close_rule --
update limit_rule
   set effective_to = %(effective_from)s
 where policy = %(policy)s and effective_to is null

-- add_rule --
insert into limit_rule (policy, version, title_en, title_zh, low, high, critical_low, critical_high, delay_s,
                        critical_delay_s, deadband, stale_s, resolution, effective_from, reason, applied_by, document,
                        signature_id)
values (%(policy)s, %(version)s, %(title_en)s, %(title_zh)s, %(low)s, %(high)s, %(critical_low)s, %(critical_high)s,
        %(delay_s)s, %(critical_delay_s)s, %(deadband)s, %(stale_s)s, %(resolution)s, %(effective_from)s, %(reason)s,
        %(applied_by)s, %(document)s, %(signature_id)s)
returning id, policy as code, version, title_en, title_zh, low, high, critical_low, critical_high, delay_s,
          critical_delay_s, deadband, stale_s, resolution, effective_from, effective_to, reason, applied_by, document,
          signature_id

-- next_number --
insert into number_series (kind, year, last) values (%(kind)s, %(year)s, 1)
    on conflict (kind, year) do update set last = number_series.last + 1
returning last
