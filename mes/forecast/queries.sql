-- models --
-- Versions of a zone's thermal model, newest first; in force only, or all of them.
select * from thermal_model
 where (%(zone_id)s::int is null or zone_id = %(zone_id)s) and (not %(in_force)s or retired_at is null)
 order by zone_id, version desc

-- lock_zone --
select pg_advisory_xact_lock(7463017, %(zone_id)s)

-- retire --
update thermal_model set retired_at = %(now)s where zone_id = %(zone_id)s and retired_at is null

-- put_model --
insert into thermal_model (zone_id, version, tau_s, rest_c, r2, rmse_c, readings, source, point_id, from_time, to_time,
                           digest, fitted_by, fitted_at, reason)
select %(zone_id)s, coalesce(max(version), 0) + 1, %(tau_s)s, %(rest_c)s, %(r2)s, %(rmse_c)s, %(readings)s, %(source)s,
       %(point_id)s, %(from_time)s, %(to_time)s, %(digest)s, %(actor)s, %(now)s, %(reason)s
  from thermal_model where zone_id = %(zone_id)s
returning *

-- forecasts --
select * from zone_forecast where at > %(since)s order by zone_id

-- put_forecasts --
insert into zone_forecast (zone_id, at, point_id, value_c, slope_c_per_h, method, side, limit_c, eta_s, holdover_s,
                           unusual, lots)
select zone_id, %(now)s, point_id, value_c, slope, method, nullif(side, ''), limit_c, eta_s, holdover_s, unusual, lots
  from unnest(%(zone_id)s::int[], %(point_id)s::int[], %(value_c)s::float8[], %(slope_c_per_h)s::float8[],
              %(method)s::text[], %(side)s::text[], %(limit_c)s::float8[], %(eta_s)s::float8[],
              %(holdover_s)s::float8[], %(unusual)s::boolean[], %(lots)s::int[])
       as f (zone_id, point_id, value_c, slope, method, side, limit_c, eta_s, holdover_s, unusual, lots)
    on conflict (zone_id) do update
   set (at, point_id, value_c, slope_c_per_h, method, side, limit_c, eta_s, holdover_s, unusual, lots)
     = (excluded.at, excluded.point_id, excluded.value_c, excluded.slope_c_per_h, excluded.method, excluded.side,
        excluded.limit_c, excluded.eta_s, excluded.holdover_s, excluded.unusual, excluded.lots)

-- usual --
-- Quartiles of the hours' extremes: what happens in fewer than one hour in four (door, defrost, excursion) is not usual.
select point_id, percentile_cont(0.25) within group (order by lowest) as low,
       percentile_cont(0.75) within group (order by highest) as high, count(*) as hours
  from reading_hour
 where point_id = any (%(points)s) and bucket >= %(start)s and bucket < %(end)s and known > 0
 group by point_id
