-- classes --
select name, keep_raw::text as keep_raw, keep_minutes::text as keep_minutes, keep_hours::text as keep_hours, note
  from retention_classes()

-- present_classes --
select id, name, retention_class from point where id = any (%(points)s) order by id

-- set_class --
update point set retention_class = %(class)s where id = any (%(points)s) and retention_class is distinct from %(class)s

-- due --
select starts, ends, class, points, readings from retention_due(%(now)s)

-- rollups_due --
select class, what, before, points from rollups_due(%(now)s)

-- retire --
call retire_readings(%(starts)s, %(points)s, %(now)s)

-- forget_rollups --
select forget_rollups(%(what)s, %(points)s, %(before)s, %(most)s)

-- classed_points --
select id, name, retention_class from point order by id
