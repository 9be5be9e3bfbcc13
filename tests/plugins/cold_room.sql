-- plant --
with the_site as (
    insert into site (code, name_en, name_zh) values ('hainan', 'Hainan plant', '海南工厂') returning code
), room as (
    insert into zone (code, site, area, kind, name_en, name_zh, policy)
    select code_, 'hainan', 'cold-store', 'room', en, zh, 'cold-2-8'
      from (values ('cold-room-1', 'Cold room 1', '1号冷库'), ('cold-room-2', 'Cold room 2', '2号冷库')) as r (code_, en, zh)
    returning id, code, name_en, name_zh
), bin as (
    insert into zone (code, site, area, kind, name_en, name_zh, parent_id)
    select code || '-r2', 'hainan', 'cold-store', 'bin', name_en || ', rack 2', name_zh || ' 2号架', id from room
), chamber as (
    insert into equipment (path, kind, name_en, name_zh, zone_id)
    select 'hainan/cold-store/' || code, 'room', name_en, name_zh, id from room
    returning id, path, zone_id
), compressor as (
    insert into equipment (path, kind, name_en, name_zh, zone_id)
    select 'hainan/cold-store/' || code || '-compressor', 'compressor', 'Compressor of ' || name_en,
           name_zh || '压缩机', id from room
    returning id, path, zone_id
), machine as (
    select id, path, zone_id, 'air-1' as measure, 'air' as role, 'Cel' as unit, 'cold-2-8' as policy from chamber
    union all select id, path, zone_id, 'air-2', 'air', 'Cel', 'cold-2-8' from chamber
    union all select id, path, zone_id, 'door', 'door', '1', null from chamber
    union all select id, path, zone_id, 'mains', 'mains', '1', null from chamber
    union all select id, path, zone_id, 'current', 'current', 'A', null from compressor
    union all select id, path, zone_id, 'running', 'running', '1', null from compressor
    union all select id, path, zone_id, 'coil-temperature', 'coil', 'Cel', null from compressor
    union all select id, path, zone_id, 'defrost', 'defrost', '1', null from compressor
), named as (
    insert into point (name) select path || '/' || measure from machine returning id, name
)
insert into measuring_point (point_id, equipment_id, zone_id, measure, role, unit, name_en, name_zh, policy, interval_s,
                             stale_s)
select n.id, m.id, m.zone_id, m.measure, m.role, m.unit, m.measure, m.measure, m.policy, 30, 300
  from named n join machine m on n.name = m.path || '/' || m.measure

-- rule --
insert into limit_rule (policy, version, title_en, title_zh, low, high, critical_low, critical_high, delay_s,
                        critical_delay_s, deadband, stale_s, resolution, effective_from, reason, applied_by)
values ('cold-2-8', 1, '2 to 8 °C', '2至8 °C', 2, 8, 0, 15, 600, 0, 0.5, 300, 0.1, '2020-01-01T00:00Z', 'first', 'plant')

-- truck --
with vehicle as (
    insert into zone (code, site, area, kind, name_en, name_zh, policy)
    values ('truck-1', 'hainan', 'cold-store', 'vehicle', 'Truck 1', '1号冷藏车', 'cold-2-8') returning id
), body as (
    insert into equipment (path, kind, name_en, name_zh, zone_id)
    select 'hainan/cold-store/truck-1', 'vehicle', 'Truck 1', '1号冷藏车', id from vehicle returning id, zone_id
), named as (
    insert into point (name) values ('hainan/cold-store/truck-1/air-1') returning id
)
insert into measuring_point (point_id, equipment_id, zone_id, measure, role, unit, name_en, name_zh, policy, interval_s,
                             stale_s)
select n.id, b.id, b.zone_id, 'air-1', 'air', 'Cel', 'air-1', 'air-1', 'cold-2-8', 30, 300 from named n, body b

-- item --
insert into item (code, kind, name_en, name_zh, unit, policy)
values ('PEN', 'product', 'Insulin pen', '胰岛素笔', '1', 'cold-2-8')

-- colleagues --
-- With the password of `qa`: to hash one takes long on purpose.
with hired as (
    insert into person (username, printed_name, password_hash)
    select u, upper(u), password_hash from person, unnest(%(usernames)s::text[]) as u where username = 'qa'
    returning id, username
)
insert into person_role (person_id, role) select id, replace(username, '-2', '') from hired
