-- scale --
with cabin as (
    insert into zone (code, site, area, kind, name_en, name_zh)
    values ('dispensing', 'hainan', 'cold-store', 'room', 'Dispensing', '称量间') returning id
), machine as (
    insert into equipment (path, kind, name_en, name_zh, zone_id)
    select 'hainan/cold-store/scale-1', 'scale', 'Scale 1', '1号秤', id from cabin returning id, zone_id
), named as (
    insert into point (name) values ('hainan/cold-store/scale-1/weight') returning id
)
insert into measuring_point (point_id, equipment_id, zone_id, measure, role, unit, name_en, name_zh, interval_s, stale_s,
                             resolution)
select n.id, m.id, m.zone_id, 'weight', 'weight', 'g', 'weight', 'weight', 1, 60, 0.1 from named n, machine m
returning point_id

-- item --
insert into item (code, kind, name_en, name_zh, unit) values ('RM', 'raw', 'Lactose', '乳糖', 'kg')

-- line --
insert into equipment (path, kind, name_en, name_zh) values ('hainan/cold-store/mixer', 'line', 'Mixer', '混合机')
returning id

-- roles --
insert into person_role (person_id, role) select id, %(role)s from person where username = %(username)s
    on conflict do nothing
