-- touching --
-- Alarms that were so at some time of a period, oldest first.
select * from alarm
 where raised_at < %(end)s and (cleared_at is null or cleared_at >= %(start)s)
 order by raised_at, id

-- raised_in --
select * from alarm where raised_at >= %(start)s and raised_at < %(end)s order by raised_at, id
