-- record --
insert into complaint (number, status, source, description, item, lot_id, serial, adverse, received_on, recorded_by,
                       recorded_at)
values (%(number)s, 'received', %(source)s, %(description)s, %(item)s, %(lot_id)s, %(serial)s, %(adverse)s,
        %(received_on)s, %(actor)s, %(now)s)
returning *

-- complaint --
select * from complaint where id = %(id)s

-- lock --
select * from complaint where id = %(id)s for update

-- complaints --
-- Newest first; every filter that is null is no filter.
select * from complaint
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(lot_id)s::int is null or lot_id = %(lot_id)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- step --
-- What a step doesn't say stays as it is.
update complaint
   set status = %(status)s, version = version + 1, severity = coalesce(%(severity)s, severity),
       finding = coalesce(%(finding)s, finding), answer = coalesce(%(answer)s, answer),
       justified = coalesce(%(justified)s, justified), closed_at = coalesce(%(closed_at)s, closed_at),
       signature_id = coalesce(%(signature_id)s, signature_id)
 where id = %(id)s
returning *

-- link_deviation --
update complaint set deviation_id = %(deviation_id)s, version = version + 1 where id = %(id)s
returning *
