-- make --
insert into document (code, title_en, title_zh) values (%(code)s, %(title_en)s, %(title_zh)s)
    on conflict (code) do nothing
returning id

-- document_id --
select id from document where code = %(code)s for update

-- draft --
insert into document_version (document_id, number, status, text, url, change_reason, author, drafted_at)
select %(document_id)s, coalesce(max(number), 0) + 1, 'draft', %(text)s, %(url)s, %(reason)s, %(author)s, %(now)s
  from document_version where document_id = %(document_id)s
returning id

-- versions --
-- Every filter that is null is no filter.
select v.id, v.document_id, d.code, d.title_en, d.title_zh, v.number, v.status, v.text, v.url, v.change_reason,
       v.author, v.drafted_at, v.effective_from, v.obsolete_from, v.signature_id, v.version
  from document_version v join document d on d.id = v.document_id
 where (%(id)s::int is null or v.id = %(id)s) and (%(code)s::text is null or d.code = %(code)s)
   and (%(effective_at)s::timestamptz is null
        or (v.effective_from <= %(effective_at)s and (v.obsolete_from is null or v.obsolete_from > %(effective_at)s)))
 order by d.code, v.number

-- lock --
select version from document_version where id = %(id)s for update

-- change --
update document_version
   set status = %(status)s, text = coalesce(%(text)s, text), url = coalesce(%(url)s, url),
       effective_from = coalesce(%(effective_from)s, effective_from),
       obsolete_from = coalesce(%(obsolete_from)s, obsolete_from),
       signature_id = coalesce(%(signature_id)s, signature_id), version = version + 1
 where id = %(id)s

-- supersede --
-- The one before stays in force up to the moment at which the new one takes over.
update document_version set obsolete_from = %(at)s, version = version + 1
 where document_id = %(document_id)s and id <> %(id)s and effective_from < %(at)s
   and (obsolete_from is null or obsolete_from > %(at)s)
returning id

-- overtaken --
-- One that was to come later than the new one and was approved before it never comes into force.
select count(*) from document_version
 where document_id = %(document_id)s and id <> %(id)s and effective_from >= %(at)s
   and (obsolete_from is null or obsolete_from > effective_from)
