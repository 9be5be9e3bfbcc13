-- raise --
insert into alarm (kind, source, priority, point_id, zone_id, equipment_id, episode_id, excursion_id,
                   message_en, message_zh, raised_at, detected_at, cleared_at)
values (%(kind)s, %(source)s, %(priority)s, %(point_id)s, %(zone_id)s, %(equipment_id)s, %(episode_id)s,
        %(excursion_id)s, %(message_en)s, %(message_zh)s, %(raised_at)s, %(now)s, %(cleared_at)s)
    on conflict (kind, source) where cleared_at is null do nothing
returning *

-- standing --
select * from alarm where kind = %(kind)s and cleared_at is null and (%(source)s::text is null or source = %(source)s)
 order by id

-- upgrade --
-- It must be acknowledged again: who acknowledged the lesser alarm hasn't seen this one.
update alarm
   set priority = %(priority)s, message_en = %(message_en)s, message_zh = %(message_zh)s, episode_id = %(episode_id)s,
       upgraded_at = %(now)s, acked_at = null, acked_by = null, ack_comment = null, version = version + 1
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
   and (%(kind)s::text is null or kind = %(kind)s)
   and (%(excursion_id)s::int is null or excursion_id = %(excursion_id)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- counts --
select count(*) filter (where cleared_at is null and acked_at is null) as active_unacked,
       count(*) filter (where cleared_at is null and acked_at is not null) as active_acked,
       count(*) filter (where cleared_at is not null and acked_at is null) as rtn_unacked
  from alarm
 where cleared_at is null or acked_at is null
