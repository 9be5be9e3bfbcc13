-- models --
-- Newest first, without their arrays; every filter that is null is no filter.
select id, equipment_id, number, status, detector, definition, artefact_hash, data_hash, features, learned_from,
       learned_to, ticks, score_card, reason, made_by, made_at, control, decided_by, decided_at, decision, signature_id,
       in_force_from, retired_at, version
  from health_model
 where (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)
   and (%(status)s::text is null or status = %(status)s)
 order by equipment_id, number desc

-- model --
select id, equipment_id, number, status, detector, definition, artefact_hash, data_hash, features, learned_from,
       learned_to, ticks, score_card, reason, made_by, made_at, control, decided_by, decided_at, decision, signature_id,
       in_force_from, retired_at, version
  from health_model where id = %(id)s

-- lock_model --
select id, equipment_id, number, status, detector, definition, artefact_hash, data_hash, features, learned_from,
       learned_to, ticks, score_card, reason, made_by, made_at, control, decided_by, decided_at, decision, signature_id,
       in_force_from, retired_at, version
  from health_model where id = %(id)s for update

-- artefact --
select artefact from health_model where id = %(id)s

-- next_number --
select coalesce(max(number), 0) + 1 from health_model where equipment_id = %(equipment_id)s

-- add_model --
insert into health_model (equipment_id, number, status, detector, definition, artefact, artefact_hash, data_hash,
                          features, learned_from, learned_to, ticks, score_card, reason, made_by, made_at,
                          in_force_from)
values (%(equipment_id)s, %(number)s, %(status)s, %(detector)s, %(definition)s, %(artefact)s, %(artefact_hash)s,
        %(data_hash)s, %(features)s, %(learned_from)s, %(learned_to)s, %(ticks)s, %(score_card)s, %(reason)s,
        %(made_by)s, %(now)s, %(in_force_from)s)
returning id

-- retire_model --
update health_model set status = 'retired', retired_at = %(now)s, version = version + 1
 where equipment_id = %(equipment_id)s and status = 'in_force'

-- decide_model --
update health_model
   set status = %(status)s, decided_by = %(actor)s, decided_at = %(now)s, decision = %(decision)s,
       control = %(control)s, signature_id = %(signature_id)s,
       in_force_from = case when %(status)s = 'in_force' then %(now)s else in_force_from end, version = version + 1
 where id = %(id)s
