-- add_parent --
insert into lot_lineage (child_id, parent_id, kind, quantity, at, actor, reason)
values (%(child_id)s, %(parent_id)s, %(kind)s, %(quantity)s, %(now)s, %(actor)s, %(reason)s)

-- ancestry --
-- What these lots were made of, and what that was made of, up to the first ones.
with recursive up as (
    select l.* from lot_lineage l where l.child_id = any (%(lot_ids)s)
    union
    select l.* from lot_lineage l join up on l.child_id = up.parent_id
)
select child_id, parent_id, kind, quantity, at from up order by at, child_id, parent_id

-- descent --
-- What was made of these lots, and what was made of that.
with recursive down as (
    select l.* from lot_lineage l where l.parent_id = any (%(lot_ids)s)
    union
    select l.* from lot_lineage l join down on l.parent_id = down.child_id
)
select child_id, parent_id, kind, quantity, at from down order by at, child_id, parent_id
