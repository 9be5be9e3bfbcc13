-- open --
insert into capa (number, status, title, problem, owner, follows_id, opened_by, opened_at)
values (%(number)s, 'open', %(title)s, %(problem)s, %(owner)s, %(follows_id)s, %(actor)s, %(now)s)
returning *

-- add_source --
insert into capa_source (capa_id, record_type, record_id) values (%(capa_id)s, %(record_type)s, %(record_id)s)
on conflict do nothing

-- sources --
select * from capa_source where capa_id = %(capa_id)s order by record_type, record_id

-- capa --
select * from capa where id = %(id)s

-- lock --
select * from capa where id = %(id)s for update

-- capas --
-- Newest first; every filter that is null is no filter.
select c.* from capa c
 where (%(statuses)s::text[] is null or c.status = any (%(statuses)s))
   and (%(record_type)s::text is null or exists (
        select from capa_source s
         where s.capa_id = c.id and s.record_type = %(record_type)s and s.record_id = %(record_id)s))
   and (%(below)s::int is null or c.id < %(below)s)
 order by c.id desc
 limit %(limit)s

-- step --
-- What a step doesn't say stays as it is.
update capa
   set status = %(status)s, version = version + 1,
       evaluation = coalesce(%(evaluation)s, evaluation), cause_method = coalesce(%(cause_method)s, cause_method),
       root_cause = coalesce(%(root_cause)s, root_cause), metric = coalesce(%(metric)s, metric),
       threshold = coalesce(%(threshold)s, threshold), window_from = coalesce(%(window_from)s, window_from),
       window_to = coalesce(%(window_to)s, window_to), result = coalesce(%(result)s, result),
       evaluated_by = coalesce(%(evaluated_by)s, evaluated_by), closed_at = coalesce(%(closed_at)s, closed_at),
       signature_id = coalesce(%(signature_id)s, signature_id)
 where id = %(id)s
returning *

-- touch --
update capa set version = version + 1 where id = %(id)s
