-- log --
select id, equipment_id, status, batch_id, reason, changed_by, changed_at
  from equipment_log
 where equipment_id = %(equipment_id)s
 order by id

-- lock_machine --
select id from equipment where id = %(equipment_id)s for update

-- cleanings --
select id, equipment_id, method, started_by, started_at, finished_by, finisher_id, finished_at, signature_id,
       checked_by, checked_at, check_signature_id, passed, remark, version
  from cleaning
 where (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)
   and (%(cleaning_id)s::int is null or id = %(cleaning_id)s)
 order by id

-- start_cleaning --
insert into cleaning (equipment_id, method, started_by, started_at)
values (%(equipment_id)s, %(method)s, %(actor)s, %(now)s)
returning id

-- finish_cleaning --
update cleaning
   set finished_by = %(finished_by)s, finisher_id = %(finisher_id)s, finished_at = %(now)s,
       signature_id = %(signature_id)s, version = version + 1
 where id = %(cleaning_id)s

-- check_cleaning --
update cleaning
   set checked_by = %(checked_by)s, checked_at = %(now)s, check_signature_id = %(signature_id)s, passed = %(passed)s,
       remark = %(remark)s, version = version + 1
 where id = %(cleaning_id)s
