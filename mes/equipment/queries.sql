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

-- last_cleanings --
-- Of each machine, the last cleaning that was passed and had ended by a moment.
select distinct c.id, c.equipment_id, c.method, c.started_by, c.started_at, c.finished_by, c.finisher_id,
       c.finished_at, c.signature_id, c.checked_by, c.checked_at, c.check_signature_id, c.passed, c.remark, c.version
  from unnest(%(equipment_ids)s::int[], %(moments)s::timestamptz[]) as asked (equipment_id, at)
 cross join lateral (
    select * from cleaning
     where equipment_id = asked.equipment_id and passed and finished_at <= asked.at
     order by finished_at desc
     limit 1
 ) c
 order by c.id

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
