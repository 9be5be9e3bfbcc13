-- ask --
insert into rejudging (point_id, start_at, end_at, reason, asked_by, asked_at)
select point_id, %(start)s, %(end)s, %(reason)s, %(actor)s, %(now)s
  from unnest(%(point_ids)s::int[]) as asked (point_id)

-- take --
-- What waits, oldest first. Another watch takes others.
select id, point_id, start_at, end_at
  from rejudging
 where done_at is null
 order by id
 limit %(limit)s
   for update skip locked

-- done --
update rejudging set done_at = %(now)s where id = any (%(ids)s)
