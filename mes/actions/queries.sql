-- add --
insert into quality_action (record_type, record_id, number, kind, text, owner, due_on, document)
select %(record_type)s, %(record_id)s, 1 + coalesce(max(number), 0), %(kind)s, %(text)s, %(owner)s, %(due_on)s,
       %(document)s
  from quality_action where record_type = %(record_type)s and record_id = %(record_id)s
returning *

-- knows_person --
select exists (select from person where username = %(username)s and active)

-- actions --
-- Every filter that is null is no filter.
select * from quality_action
 where (%(record_type)s::text is null or record_type = %(record_type)s)
   and (%(record_id)s::int is null or record_id = %(record_id)s)
   and (%(owner)s::text is null or owner = %(owner)s)
   and (not %(open_only)s or done_at is null)
 order by case when %(record_id)s::int is null then due_on end, record_type, record_id, number

-- lock --
select * from quality_action where id = %(id)s for update

-- finish --
update quality_action set evidence = %(evidence)s, done_by = %(actor)s, done_at = %(now)s, version = version + 1
 where id = %(id)s
returning *

-- extend --
update quality_action set due_on = %(due_on)s, extended = extended + 1, version = version + 1
 where id = %(id)s
returning *

-- keep_extension --
insert into quality_action_extension (action_id, was_due_on, due_on, reason, extended_at, signature_id)
values (%(action_id)s, %(was_due_on)s, %(due_on)s, %(reason)s, %(now)s, %(signature_id)s)

-- extensions --
select e.* from quality_action_extension e join quality_action a on a.id = e.action_id
 where a.record_type = %(record_type)s and a.record_id = %(record_id)s
 order by e.id
