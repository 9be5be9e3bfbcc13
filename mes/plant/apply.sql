-- stored_sites --
select code, name_en, name_zh, time_zone, false as retired from site

-- stored_areas --
select site, code, name_en, name_zh, retired_at is not null as retired from area

-- stored_zones --
select z.code, z.site, z.area, z.kind, z.name_en, z.name_zh, z.policy, p.code as parent,
       z.retired_at is not null as retired
  from zone z
  left join zone p on p.id = z.parent_id

-- stored_equipment --
select e.path, e.kind, e.name_en, e.name_zh, p.path as parent, z.code as zone, e.status = 'retired' as retired
  from equipment e
  left join equipment p on p.id = e.parent_id
  left join zone z on z.id = e.zone_id

-- stored_points --
select p.name, e.path as equipment, z.code as zone, m.measure, m.role, m.unit, m.name_en, m.name_zh, m.policy,
       m.resolution, m.interval_s, m.stale_s, m.retired_at is not null as retired
  from measuring_point m
  join point p on p.id = m.point_id
  join equipment e on e.id = m.equipment_id
  left join zone z on z.id = m.zone_id

-- put_site --
insert into site (code, name_en, name_zh, time_zone)
values (%(code)s, %(name_en)s, %(name_zh)s, %(time_zone)s)
    on conflict (code) do update
   set name_en = excluded.name_en, name_zh = excluded.name_zh, time_zone = excluded.time_zone

-- put_area --
insert into area (site, code, name_en, name_zh)
values (%(site)s, %(code)s, %(name_en)s, %(name_zh)s)
    on conflict (site, code) do update
   set name_en = excluded.name_en, name_zh = excluded.name_zh, retired_at = null

-- put_zone --
insert into zone (code, site, area, kind, name_en, name_zh, policy, parent_id)
select %(code)s, %(site)s, %(area)s, %(kind)s, %(name_en)s, %(name_zh)s, %(policy)s,
       (select id from zone where code = %(parent)s)
    on conflict (code) do update
   set area = excluded.area, kind = excluded.kind, name_en = excluded.name_en, name_zh = excluded.name_zh,
       policy = excluded.policy, parent_id = excluded.parent_id, retired_at = null

-- put_equipment --
-- What comes back into the model comes back as ready; otherwise the status is maintenance's and stays.
insert into equipment (path, kind, name_en, name_zh, parent_id, zone_id)
select %(path)s, %(kind)s, %(name_en)s, %(name_zh)s, (select id from equipment where path = %(parent)s),
       (select id from zone where code = %(zone)s)
    on conflict (path) do update
   set kind = excluded.kind, name_en = excluded.name_en, name_zh = excluded.name_zh, parent_id = excluded.parent_id,
       zone_id = excluded.zone_id, version = equipment.version + 1,
       status = case equipment.status when 'retired' then 'ready' else equipment.status end

-- name_point --
-- A point that readings have come for already keeps its number.
insert into point (name) values (%(name)s) on conflict (name) do nothing

-- put_point --
insert into measuring_point (point_id, equipment_id, zone_id, measure, role, unit, name_en, name_zh, policy, resolution,
                             interval_s, stale_s)
select (select id from point where name = %(name)s), (select id from equipment where path = %(equipment)s),
       (select id from zone where code = %(zone)s), %(measure)s, %(role)s, %(unit)s, %(name_en)s, %(name_zh)s,
       %(policy)s, %(resolution)s, %(interval_s)s, %(stale_s)s
    on conflict (point_id) do update
   set equipment_id = excluded.equipment_id, zone_id = excluded.zone_id, measure = excluded.measure,
       role = excluded.role, unit = excluded.unit, name_en = excluded.name_en, name_zh = excluded.name_zh,
       policy = excluded.policy, resolution = excluded.resolution, interval_s = excluded.interval_s,
       stale_s = excluded.stale_s, retired_at = null

-- retire_area --
update area set retired_at = %(now)s where code = %(key)s

-- retire_zone --
update zone set retired_at = %(now)s where code = %(key)s

-- retire_equipment --
update equipment set status = 'retired', version = version + 1 where path = %(key)s and %(now)s::timestamptz is not null

-- retire_point --
update measuring_point m set retired_at = %(now)s from point p where p.id = m.point_id and p.name = %(key)s
