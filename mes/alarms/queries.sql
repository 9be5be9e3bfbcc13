-- raise --
-- What is shelved or out of service is raised all the same; it only calls nobody. A shelf covers no worse alarm.
insert into alarm (kind, source, priority, point_id, zone_id, equipment_id, episode_id, excursion_id,
                   message_en, message_zh, raised_at, detected_at, called_at, cleared_at, suppression, suppressed_until)
select %(kind)s, %(source)s, %(priority)s, %(point_id)s, %(zone_id)s, %(equipment_id)s, %(episode_id)s,
       %(excursion_id)s, %(message_en)s, %(message_zh)s, %(raised_at)s, %(now)s, %(now)s, %(cleared_at)s, s.mode, s.until
  from (select 1) as one
  left join alarm_suppression s
    on s.kind = %(kind)s and s.source = %(source)s and s.ended_at is null and (s.until is null or s.until > %(now)s)
   and (s.mode <> 'shelved' or s.priority <> all (%(lesser)s::text[]))
    on conflict (kind, source) where cleared_at is null do nothing
returning *

-- standing --
select * from alarm where kind = %(kind)s and cleared_at is null and (%(source)s::text is null or source = %(source)s)
 order by id

-- upgrade --
-- It must be acknowledged again: who acknowledged the lesser alarm hasn't seen this one.
update alarm
   set priority = %(priority)s, message_en = %(message_en)s, message_zh = %(message_zh)s, episode_id = %(episode_id)s,
       excursion_id = coalesce(%(excursion_id)s, excursion_id), upgraded_at = %(now)s, acked_at = null, acked_by = null, ack_comment = null, version = version + 1,
       calls = calls + 1, called_at = %(now)s,
       suppressed_until = case suppression when 'shelved' then null else suppressed_until end,
       suppression = nullif(suppression, 'shelved')
 where id = %(id)s
returning *

-- clear --
update alarm
   set cleared_at = greatest(%(at)s, raised_at), version = version + 1
 where kind = %(kind)s and source = %(source)s and cleared_at is null
returning *

-- last_cleared --
-- Per source of a kind: when it was last over.
select source, max(cleared_at) as cleared_at from alarm where kind = %(kind)s and cleared_at is not null group by source

-- lock --
select * from alarm where id = %(id)s for update

-- alarm --
select * from alarm where id = %(id)s

-- acknowledge --
update alarm
   set acked_at = %(now)s, acked_by = %(actor)s, ack_comment = %(comment)s, version = version + 1
 where id = %(id)s
returning *

-- alarms --
-- Newest first; every filter that is null is no filter. Pages go on below the last id.
select * from alarm
 where (%(active)s::boolean is null or (cleared_at is null) = %(active)s)
   and (%(acked)s::boolean is null or (acked_at is not null) = %(acked)s)
   and (%(suppressed)s::boolean is null or (suppression is not null) = %(suppressed)s)
   and (%(kind)s::text is null or kind = %(kind)s)
   and (%(zone_id)s::int is null or zone_id = %(zone_id)s)
   and (%(excursion_id)s::int is null or excursion_id = %(excursion_id)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- counts --
-- What is suppressed calls nobody: it is counted apart.
select count(*) filter (where suppression is null and cleared_at is null and acked_at is null) as active_unacked,
       count(*) filter (where suppression is null and cleared_at is null and acked_at is not null) as active_acked,
       count(*) filter (where suppression is null and cleared_at is not null and acked_at is null) as rtn_unacked,
       count(*) filter (where suppression is not null) as suppressed
  from alarm
 where cleared_at is null or acked_at is null

-- note --
insert into alarm_journal (alarm_id, call, at, actor, act, priority, cause, comment)
values (%(alarm_id)s, %(call)s, %(now)s, %(actor)s, %(act)s, %(priority)s, %(cause)s, %(comment)s)

-- journal --
select id, alarm_id, call, at, actor, act, priority, cause, comment
  from alarm_journal
 where alarm_id = any (%(alarm_ids)s::int[])
 order by id

-- call_again --
-- Acknowledged once, and still so: it must be looked at again.
update alarm
   set calls = calls + 1, called_at = %(now)s, acked_at = null, acked_by = null, ack_comment = null, version = version + 1
 where id = %(id)s and cleared_at is null and acked_at is not null and suppression is null
returning *

-- open --
-- Not over, or not acknowledged, or one of the two since that moment: what somebody may still have to be told of.
select * from alarm
 where cleared_at is null or acked_at is null or acked_at > %(since)s or cleared_at > %(since)s
 order by id

-- suppress --
insert into alarm_suppression (mode, kind, source, priority, reason, set_by, set_at, until)
values (%(mode)s, %(kind)s, %(source)s, %(priority)s, %(reason)s, %(actor)s, %(now)s, %(until)s)
returning *

-- silence --
update alarm
   set suppression = %(mode)s, suppressed_until = %(until)s, version = version + 1
 where kind = %(kind)s and source = %(source)s and (cleared_at is null or acked_at is null)
returning *

-- shelf --
select * from alarm_suppression where id = %(id)s for update

-- shelf_of --
select * from alarm_suppression where kind = %(kind)s and source = %(source)s and ended_at is null for update

-- shelves --
-- Those in force, soonest end first; or all, newest first.
select * from alarm_suppression
 where not %(in_force)s or ended_at is null
 order by case when %(in_force)s then until end nulls last, id desc
 limit 500

-- shelves_over --
select * from alarm_suppression where ended_at is null and until <= %(now)s order by id for update skip locked

-- end_shelf --
update alarm_suppression
   set ended_at = %(now)s, ended_by = %(actor)s, end_reason = %(reason)s
 where id = %(id)s and ended_at is null
returning *

-- unsilence --
-- What still stands and nobody knows of calls from now on.
update alarm
   set suppression = null, suppressed_until = null, version = version + 1,
       calls = calls + case when acked_at is null and cleared_at is null then 1 else 0 end,
       called_at = case when acked_at is null and cleared_at is null then %(now)s else called_at end
 where kind = %(kind)s and source = %(source)s and suppression is not null
returning *

-- calls_between --
-- A call begins with the first line of its number in the journal, and is answered by the first acknowledgement.
select a.id as alarm_id, j.call, a.kind, a.source, (array_agg(j.priority order by j.id))[1] as priority, a.zone_id,
       min(j.at) as called_at, min(j.at) filter (where j.act = 'acknowledged') as acked_at, a.cleared_at
  from alarm_journal j
  join alarm a on a.id = j.alarm_id
 where a.kind <> 'test'
   and (a.cleared_at is null or a.cleared_at >= %(start)s or a.acked_at is null or a.acked_at >= %(start)s)
   and a.detected_at < %(end)s
 group by a.id, j.call
having min(j.at) >= %(start)s and min(j.at) < %(end)s
 order by called_at, a.id
