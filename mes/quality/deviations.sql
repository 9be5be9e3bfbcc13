-- draft --
insert into deviation (number, status, title_en, title_zh, description, reported_by, excursion_id, occurred_at,
                       opened_at, opened_by)
values (%(number)s, 'draft', %(title_en)s, %(title_zh)s, %(description)s, %(reported_by)s, %(excursion_id)s,
        %(occurred_at)s, %(now)s, %(actor)s)
returning *

-- deviation --
select * from deviation where id = %(id)s

-- these --
select * from deviation where id = any (%(ids)s) order by id desc

-- due --
-- Not over, and to be closed by a day.
select * from deviation where status not in ('closed', 'void') and due_on <= %(by)s order by due_on, id

-- lock --
select * from deviation where id = %(id)s for update

-- of_excursion --
select * from deviation where excursion_id = %(excursion_id)s for update

-- of_excursions --
select * from deviation where excursion_id = any (%(excursion_ids)s)

-- deviations --
-- Newest first; every filter that is null is no filter.
select * from deviation
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- step --
-- What a step doesn't say stays as it is.
update deviation
   set status = %(status)s, version = version + 1,
       severity = coalesce(%(severity)s, severity), description = coalesce(%(description)s, description),
       root_cause = coalesce(%(root_cause)s, root_cause), other_batches = coalesce(%(other_batches)s, other_batches),
       reported_by = coalesce(%(reported_by)s, reported_by), reported_at = coalesce(%(reported_at)s, reported_at),
       classified_by = coalesce(%(classified_by)s, classified_by),
       immediate_action = coalesce(%(immediate_action)s, immediate_action),
       investigation = coalesce(%(investigation)s, investigation), departments = coalesce(%(departments)s, departments),
       extra_tests = coalesce(%(extra_tests)s, extra_tests), no_capa_why = coalesce(%(no_capa_why)s, no_capa_why),
       due_on = coalesce(%(due_on)s, due_on), closed_at = %(closed_at)s, signature_id = %(signature_id)s
 where id = %(id)s
returning *

-- name_lot --
insert into deviation_lot (deviation_id, lot_id, named_by, named_at)
values (%(deviation_id)s, %(lot_id)s, %(actor)s, %(now)s)
on conflict do nothing

-- lots_of --
select * from deviation_lot where deviation_id = any (%(deviation_ids)s) order by deviation_id, lot_id

-- of_lots --
-- The deviations that name these lots.
select * from deviation_lot where lot_id = any (%(lot_ids)s) order by lot_id, deviation_id

-- decide_lot --
update deviation_lot
   set disposition = %(disposition)s, reason = %(reason)s, decided_by = %(actor)s, decided_at = %(now)s
 where deviation_id = %(deviation_id)s and lot_id = %(lot_id)s

-- undecide_lots --
update deviation_lot set disposition = null, decided_by = null, decided_at = null where deviation_id = %(deviation_id)s

-- touch --
update deviation set version = version + 1 where id = %(id)s
