-- touching --
-- Alarms that were so at some time of a period, oldest first.
select * from alarm
 where raised_at < %(end)s and (cleared_at is null or cleared_at >= %(start)s)
 order by raised_at, id

-- these --
select * from alarm where id = any (%(ids)s) order by raised_at, id
