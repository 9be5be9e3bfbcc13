-- raise --
-- Nothing comes back where it was raised before.
insert into batch_exception (batch_id, key, kind, severity, said, operation_id, step_id, status, raised_by, raised_at)
values (%(batch_id)s, %(key)s, %(kind)s, %(severity)s, %(said)s, %(operation_id)s, %(step_id)s, 'open', %(actor)s,
        %(now)s)
on conflict (batch_id, key) do nothing
returning *

-- known --
select * from batch_exception where batch_id = %(batch_id)s and key = %(key)s

-- exceptions --
-- Those that nobody has judged first, the gravest first.
select * from batch_exception
 where batch_id = any (%(batch_ids)s)
 order by batch_id, status not in ('open', 'commented'), array_position(array['critical', 'major', 'minor'], severity),
          id

-- exception --
select * from batch_exception where id = %(id)s

-- lock --
select * from batch_exception where id = %(id)s for update

-- of_deviation --
select * from batch_exception where deviation_id = %(deviation_id)s order by id

-- step --
-- What a step doesn't say stays as it is.
update batch_exception
   set status = %(status)s, version = version + 1,
       comment = coalesce(%(comment)s, comment), commented_by = coalesce(%(commented_by)s, commented_by),
       commented_at = coalesce(%(commented_at)s, commented_at), rationale = coalesce(%(rationale)s, rationale),
       judged_by = coalesce(%(judged_by)s, judged_by), judged_at = coalesce(%(judged_at)s, judged_at),
       signature_id = coalesce(%(signature_id)s, signature_id), deviation_id = coalesce(%(deviation_id)s, deviation_id)
 where id = %(id)s
returning *
