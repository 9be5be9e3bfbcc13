-- plan --
insert into mapping_study (number, zone_id, space_id, rules, kind, season, load, low, high, status, planned_at, planned_by)
values (%(number)s, %(zone_id)s, %(space_id)s, %(rules)s, %(kind)s, %(season)s, %(load)s, %(low)s, %(high)s, 'planned',
        %(now)s, %(actor)s)
returning *

-- study --
select * from mapping_study where id = %(id)s

-- lock --
select * from mapping_study where id = %(id)s for update

-- studies --
-- Newest first; every filter that is null is no filter.
select * from mapping_study
 where (%(zone_id)s::int is null or zone_id = %(zone_id)s)
   and (%(status)s::text is null or status = %(status)s)
 order by id desc

-- set_window --
update mapping_study set from_time = %(from_time)s, to_time = %(to_time)s, version = version + 1 where id = %(id)s

-- touch --
update mapping_study set version = version + 1 where id = %(id)s

-- judge --
update mapping_study
   set status = %(status)s, findings = %(findings)s, remap_on = %(remap_on)s, signature_id = %(signature_id)s,
       version = version + 1
 where id = %(id)s
returning *

-- positions --
select * from mapping_position where study_id = %(study_id)s and removed_at is null order by id

-- put_position --
-- A code that was taken out of the plan comes back with this.
insert into mapping_position (study_id, code, role, x_m, y_m, z_m, logger, certificate, due_on, error)
values (%(study_id)s, %(code)s, %(role)s, %(x_m)s, %(y_m)s, %(z_m)s, %(logger)s, %(certificate)s, %(due_on)s, %(error)s)
    on conflict (study_id, code) do update
   set role = excluded.role, x_m = excluded.x_m, y_m = excluded.y_m, z_m = excluded.z_m, logger = excluded.logger,
       certificate = excluded.certificate, due_on = excluded.due_on, error = excluded.error, removed_at = null
returning *

-- remove_position --
update mapping_position set removed_at = %(now)s where study_id = %(study_id)s and code = any (%(codes)s)

-- replace_series --
update mapping_series set replaced_at = %(now)s where position_id = %(position_id)s and replaced_at is null

-- add_series --
insert into mapping_series (position_id, file_name, sha256, content, readings, unread, time_us, value, imported_at,
                            imported_by)
values (%(position_id)s, %(file_name)s, %(sha256)s, %(content)s, %(readings)s, %(unread)s, %(time_us)s, %(value)s,
        %(now)s, %(actor)s)

-- series --
select s.position_id, p.code, s.file_name, s.sha256, s.readings, s.unread, s.time_us, s.value, s.imported_at,
       s.imported_by
  from mapping_series s
  join mapping_position p on p.id = s.position_id
 where p.study_id = %(study_id)s and p.removed_at is null and s.replaced_at is null
 order by p.id

-- add_test --
insert into mapping_test (study_id, kind, from_time, closed_time, to_time, ambient_c, note, recorded_at, recorded_by)
values (%(study_id)s, %(kind)s, %(from_time)s, %(closed_time)s, %(to_time)s, %(ambient_c)s, %(note)s, %(now)s, %(actor)s)
returning *

-- tests --
select * from mapping_test where study_id = %(study_id)s and withdrawn_at is null order by from_time, id

-- withdraw_test --
update mapping_test set withdrawn_at = %(now)s where id = %(id)s and study_id = %(study_id)s and withdrawn_at is null
