-- weighed_at --
-- What a scale weighed in [start, end), with the batch it was for.
select d.id, d.number, d.batch_id, b.number as batch, d.net, d.weighed_at, d.weighed_by
  from dispensing d join batch_record b on b.id = d.batch_id
 where d.point_id = %(point_id)s and d.weighed_at >= %(start)s and d.weighed_at < %(end)s
 order by d.weighed_at, d.id
