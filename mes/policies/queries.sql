-- changes --
-- Newest first. Every filter that is null is no filter.
select id, policy as code, number, base_number, document, effective_from, reason, status, proposed_by, proposed_at,
       decided_by, decided_at, decision, signature_id, rule_id, version
  from policy_change
 where (%(policy)s::text is null or policy = %(policy)s)
   and (%(status)s::text is null or status = %(status)s)
 order by id desc
 limit 200

-- change --
select id, policy as code, number, base_number, document, effective_from, reason, status, proposed_by, proposed_at,
       decided_by, decided_at, decision, signature_id, rule_id, version
  from policy_change
 where id = %(id)s

-- lock_change --
select id, policy as code, number, base_number, document, effective_from, reason, status, proposed_by, proposed_at,
       decided_by, decided_at, decision, signature_id, rule_id, version
  from policy_change
 where id = %(id)s
   for update

-- propose --
-- One change of a policy at a time: nothing where another is open.
insert into policy_change (policy, number, base_number, document, effective_from, reason, proposed_by, proposed_at)
values (%(policy)s, %(number)s, %(base_number)s, %(document)s, %(effective_from)s, %(reason)s, %(actor)s, %(now)s)
    on conflict (policy) where status = 'proposed' do nothing
returning id, policy as code, number, base_number, document, effective_from, reason, status, proposed_by, proposed_at,
          decided_by, decided_at, decision, signature_id, rule_id, version

-- decide --
update policy_change
   set status = %(status)s, decided_by = %(actor)s, decided_at = %(now)s, decision = %(decision)s,
       signature_id = %(signature_id)s, rule_id = %(rule_id)s, version = version + 1
 where id = %(id)s
returning id, policy as code, number, base_number, document, effective_from, reason, status, proposed_by, proposed_at,
          decided_by, decided_at, decision, signature_id, rule_id, version

-- control --
update policy_change set control = %(control)s where id = %(id)s
