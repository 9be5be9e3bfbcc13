-- captures_at --
-- Captures in force whose window reaches into [start, end) of a point, with their batch and step.
select b.id as batch_id, b.number as batch, o.code as operation, s.id as step_id, s.code as step, c.window_start,
       c.window_end, c.mean, c.unit, c.taken_by
  from batch_capture c
  join batch_step s on s.id = c.step_id
  join batch_operation o on o.id = s.operation_id
  join batch_record b on b.id = o.batch_id
 where c.point_id = %(point_id)s and c.window_start < %(end)s and c.window_end >= %(start)s
   and not exists (select from batch_capture later where later.supersedes_id = c.id)
 order by c.window_start, c.id
