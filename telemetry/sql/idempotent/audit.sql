-- The audit trail and the raw readings only grow: no role, the owner included, may change or delete a row.

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

create or replace trigger audit_append_only before update or delete on audit
    for each row execute function refuse_change();
create or replace trigger audit_no_truncate before truncate on audit
    for each statement execute function refuse_change();
