-- record --
insert into zone_space (zone_id, version, kind, length_m, width_m, height_m, spots, recorded_at, recorded_by, reason)
values (%(zone_id)s, %(version)s, %(kind)s, %(length_m)s, %(width_m)s, %(height_m)s, %(spots)s, %(now)s, %(actor)s,
        %(reason)s)
    on conflict (zone_id, version) do nothing
returning *

-- newest --
select distinct on (zone_id) * from zone_space
 where %(zone_ids)s::int[] is null or zone_id = any (%(zone_ids)s)
 order by zone_id, version desc

-- version --
select * from zone_space where id = %(id)s
