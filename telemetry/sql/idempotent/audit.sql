-- The audit trail and the raw readings only grow: no role, the owner included, may change or delete a row.

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

create or replace trigger audit_append_only before update or delete on audit
    for each row execute function refuse_change();
create or replace trigger audit_no_truncate before truncate on audit
    for each statement execute function refuse_change();

-- Adds a row at the end of the chain. `head`, `tail`: the row's canonical text before and behind its number. One call,
-- because a row's hash needs the hash before it: one writer at a time, from here to the end of its transaction.
create or replace function append_audit(
    at timestamptz, actor text, action text, entity text, entity_id text, before text, after text, reason text,
    head text, tail text
) returns void language plpgsql set search_path = public, pg_temp as $$
declare
    last_seq bigint;
    last_hash text;
begin
    perform pg_advisory_xact_lock(7463001);
    select a.seq, a.hash into last_seq, last_hash from audit a order by a.seq desc limit 1;
    last_seq := coalesce(last_seq, 0);
    last_hash := coalesce(last_hash, repeat('0', 64));
    insert into audit (seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash)
    values (last_seq + 1, append_audit.at, append_audit.actor, append_audit.action, append_audit.entity,
            append_audit.entity_id, append_audit.before::json, append_audit.after::json, append_audit.reason, last_hash,
            encode(sha256(decode(last_hash, 'hex')
                          || convert_to(append_audit.head || (last_seq + 1) || append_audit.tail, 'UTF8')), 'hex'));
end $$;
