-- add --
insert into supplier (code, name, country) values (%(code)s, %(name)s, %(country)s)
    on conflict (code) do nothing
returning id

-- rename --
update supplier set name = %(name)s, country = %(country)s, version = version + 1
 where code = %(code)s and version = %(version)s
returning id

-- suppliers --
select id, code, name, country, version from supplier where %(code)s::text is null or code = %(code)s order by code

-- approve --
insert into supplier_approval (supplier_id, item_id, valid_from, valid_until, basis, signature_id, approved_at)
values (%(supplier_id)s, %(item_id)s, %(valid_from)s, %(valid_until)s, %(basis)s, %(signature_id)s, %(now)s)
returning id

-- approvals --
-- Every filter that is null is no filter.
select a.id, s.code as supplier, i.code as item, a.valid_from, a.valid_until, a.basis, a.signature_id, a.approved_at,
       a.ended_at, a.ended_by, a.end_reason
  from supplier_approval a
  join supplier s on s.id = a.supplier_id
  join item i on i.id = a.item_id
 where (%(id)s::int is null or a.id = %(id)s) and (%(supplier)s::text is null or s.code = %(supplier)s)
   and (%(item)s::text is null or i.code = %(item)s)
 order by s.code, i.code, a.id

-- end_approval --
update supplier_approval set ended_at = %(now)s, ended_by = %(actor)s, end_reason = %(reason)s
 where id = %(id)s and ended_at is null
returning id
