-- backward --
-- Every lot that this one was made of, each met once, and every edge into one of them. `union` ends a circle. What was issued and
-- came back whole never went in.
with recursive reached (lot_id) as (
    select %(lot_id)s::int
    union
    select e.parent_id
      from reached r
     cross join lateral (
               select m.lot_id as parent_id
                 from batch_record b join material_issue m on m.batch_id = b.id
                where b.lot_id = r.lot_id
               union all
               select l.parent_id from lot_lineage l where l.child_id = r.lot_id
           ) e
)
select m.lot_id as parent_id, b.lot_id as child_id, sum(m.quantity - back.quantity) as quantity, m.unit,
       case when parent.item_id = child.item_id then 'rework' else 'consume' end as link, b.id as batch_id,
       b.number as batch, o.number as "order", min(m.issued_at) as first_at, max(m.issued_at) as last_at,
       count(*)::int as times
  from reached r
  join batch_record b on b.lot_id = r.lot_id
  join work_order o on o.id = b.order_id
  join material_issue m on m.batch_id = b.id
  join lot parent on parent.id = m.lot_id
  join lot child on child.id = b.lot_id
 cross join lateral (
           select coalesce(sum(r.quantity), 0) as quantity from material_return r where r.issue_id = m.id
       ) back
 group by m.lot_id, b.lot_id, m.unit, parent.item_id, child.item_id, b.id, b.number, o.number
having sum(m.quantity - back.quantity) > 0
 union all
select l.parent_id, l.child_id, l.quantity, parent.unit, l.kind, null, null, null, l.at, l.at, 1
  from reached r
  join lot_lineage l on l.child_id = r.lot_id
  join lot parent on parent.id = l.parent_id
 order by child_id, parent_id, first_at

-- forward --
-- Every lot that this one went into, each met once, and every edge out of one of them.
with recursive reached (lot_id) as (
    select %(lot_id)s::int
    union
    select e.child_id
      from reached r
     cross join lateral (
               select b.lot_id as child_id
                 from material_issue m join batch_record b on b.id = m.batch_id
                where m.lot_id = r.lot_id and b.lot_id is not null
               union all
               select l.child_id from lot_lineage l where l.parent_id = r.lot_id
           ) e
)
select m.lot_id as parent_id, b.lot_id as child_id, sum(m.quantity - back.quantity) as quantity, m.unit,
       case when parent.item_id = child.item_id then 'rework' else 'consume' end as link, b.id as batch_id,
       b.number as batch, o.number as "order", min(m.issued_at) as first_at, max(m.issued_at) as last_at,
       count(*)::int as times
  from reached r
  join material_issue m on m.lot_id = r.lot_id
  join batch_record b on b.id = m.batch_id
  join work_order o on o.id = b.order_id
  join lot parent on parent.id = m.lot_id
  join lot child on child.id = b.lot_id
 cross join lateral (
           select coalesce(sum(r.quantity), 0) as quantity from material_return r where r.issue_id = m.id
       ) back
 group by m.lot_id, b.lot_id, m.unit, parent.item_id, child.item_id, b.id, b.number, o.number
having sum(m.quantity - back.quantity) > 0
 union all
select l.parent_id, l.child_id, l.quantity, parent.unit, l.kind, null, null, null, l.at, l.at, 1
  from reached r
  join lot_lineage l on l.parent_id = r.lot_id
  join lot parent on parent.id = l.parent_id
 order by parent_id, child_id, first_at

-- making --
-- When and where lots were being made: on the line, in the zone that this stands in.
select b.lot_id, b.number as batch, e.zone_id, e.name_en, e.name_zh, b.started_at as start, b.ended_at as "end"
  from batch_record b
  join work_order o on o.id = b.order_id
  join equipment e on e.id = o.equipment_id
 where b.lot_id = any (%(lot_ids)s) and b.started_at is not null
 order by b.lot_id, b.id
