-- lock_series --
-- Two makings of one document get two versions.
select pg_advisory_xact_lock(7463014, hashtext(%(series)s))

-- last_of_series --
-- Number and last version of a document.
select number, max(version) as version
  from report
 where kind = %(kind)s and subject = %(subject)s and language = %(language)s
   and period_start is not distinct from %(period_start)s and period_end is not distinct from %(period_end)s
 group by number

-- ask --
insert into report (number, version, kind, subject, period_start, period_end, language, signed_copy_of, status, asked_by,
                    asked_at)
values (%(number)s, %(version)s, %(kind)s, %(subject)s, %(period_start)s, %(period_end)s, %(language)s,
        %(signed_copy_of)s, 'waiting', %(actor)s, %(now)s)
returning *

-- report --
select * from report where id = %(id)s

-- lock --
select * from report where id = %(id)s for update

-- take --
-- Without waiting for who makes it now.
select * from report where id = %(id)s and status in ('waiting', 'being_made') for update skip locked

-- reports --
-- Newest first; every filter that is null is no filter.
select * from report
 where (%(kind)s::text is null or kind = %(kind)s)
   and (%(subject)s::text is null or subject = %(subject)s)
   and (%(status)s::text is null or status = %(status)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- unmade --
-- Those that nobody makes at this moment: a maker holds its row for as long as it lives.
select * from report where status in ('waiting', 'being_made') order by id for update skip locked

-- begin_making --
update report set status = 'being_made', tries = tries + 1, began_at = %(now)s, changes = changes + 1
 where id = %(id)s
returning *

-- hold --
select * from report where id = %(id)s and status = 'being_made' for update skip locked

-- finish --
update report
   set status = %(status)s, ended_at = %(now)s, failure = %(failure)s, failure_told = %(told)s, changes = changes + 1
 where id = %(id)s and status in ('waiting', 'being_made')
returning *

-- retry --
update report
   set status = 'waiting', tries = 0, began_at = null, ended_at = null, failure = null, failure_told = null,
       changes = changes + 1
 where id = %(id)s
returning *

-- keep --
insert into kept_report (report_id, copy_of, made_by, made_at, name_en, name_zh, template_version, content,
                         content_sha256, page, pages, file, file_sha256)
values (%(report_id)s, %(copy_of)s, %(made_by)s, %(now)s, %(name_en)s, %(name_zh)s, %(template_version)s, %(content)s,
        %(content_sha256)s, %(page)s, %(pages)s, %(file)s, %(file_sha256)s)
returning id

-- kept --
-- Without what is large.
select id, report_id, copy_of, made_by, made_at, name_en, name_zh, template_version, content_sha256, pages, file_sha256,
       octet_length(file) as bytes
  from kept_report
 where (%(ids)s::int[] is null or id = any (%(ids)s))
   and (%(report_ids)s::int[] is null or report_id = any (%(report_ids)s))
   and (%(file_sha256)s::text is null or file_sha256 = %(file_sha256)s)
 order by id

-- file --
select file from kept_report where id = %(id)s

-- page --
select page from kept_report where id = %(id)s

-- content --
select content from kept_report where id = %(id)s

-- schedule --
insert into report_schedule (kind, done_until) values (%(kind)s, %(now)s) on conflict (kind) do nothing

-- lock_schedule --
select * from report_schedule where kind = %(kind)s for update

-- scheduled --
update report_schedule set done_until = %(until)s where kind = %(kind)s

-- schedules --
select * from report_schedule order by kind

-- set_languages --
update report_schedule set languages = %(languages)s, changes = changes + 1 where kind = %(kind)s

-- snapshot --
set transaction isolation level repeatable read, read only

-- look_into_queue --
-- The queue's routines name each other without their schema.
set local search_path to public, queue

-- look_away --
set local search_path to public
