-- plant --
-- Rooms of four probes each, as many as the edges read; one policy without a delay, so that each step is an alarm.
with the_site as (
    insert into site (code, name_en, name_zh) values ('hainan', 'Bench', '测试') on conflict do nothing
), room as (
    insert into zone (code, site, area, kind, name_en, name_zh, policy)
    select format('room-%%s-%%s', e, r), 'hainan', 'bench', 'room', format('Room %%s-%%s', e, r),
           format('房间 %%s-%%s', e, r), 'bench'
      from generate_series(0, %(edges)s - 1) as e, generate_series(0, %(rooms)s - 1) as r
    returning id, code
), chamber as (
    insert into equipment (path, kind, name_en, name_zh, zone_id)
    select 'hainan/bench/' || code, 'room', code, code, id from room
    returning id, path, zone_id
), named as (
    insert into point (name) select path || '/air-' || n from chamber, generate_series(1, 4) as n returning id, name
)
insert into measuring_point (point_id, equipment_id, zone_id, measure, role, unit, name_en, name_zh, policy, interval_s,
                             stale_s)
select n.id, c.id, c.zone_id, 'air', 'air', 'Cel', 'Air', '空气', 'bench', 1, 300
  from named n join chamber c on c.path = regexp_replace(n.name, '/[^/]*$', '')

-- rule --
insert into limit_rule (policy, version, title_en, title_zh, low, high, critical_low, critical_high, delay_s,
                        critical_delay_s, deadband, stale_s, resolution, effective_from, reason, applied_by)
values ('bench', 1, '2 to 8 °C', '2至8 °C', 2, 8, 0, 15, 0, 0, 0.3, 300, 0.1, '2020-01-01T00:00Z', 'bench', 'bench')

-- item --
insert into item (code, kind, name_en, name_zh, unit, policy) values ('PEN', 'product', 'Pen', '笔', '1', 'bench')

-- written --
-- How much was written of what happened.
select (select count(*) from episode), (select count(*) from alarm), (select count(*) from excursion),
       (select count(*) from lot_hold), (select coalesce(sum(stored), 0)::bigint from ingest_fate)
