-- Policies as documents. A version in force keeps all that it says, and the signature that put it there.

alter table limit_rule
    add column document     jsonb,                            -- the whole policy; null: from before, its columns say all
    add column signature_id int references signature;      -- null: put in force when the plant was set up

-- A change of a policy on its way: what it will say, with the difference looked at, until somebody signs or drops it.
create table policy_change (
    id             int generated always as identity primary key,
    policy         text not null,
    number         int not null,                -- the version that it will be
    base_number    int not null,                -- the version that it was written against
    document       jsonb not null,
    effective_from timestamptz,                 -- asked for; null, or past when it is signed: from the signature on
    reason         text not null,
    status         text not null default 'proposed',  -- proposed, signed, withdrawn
    proposed_by    text not null,
    proposed_at    timestamptz not null,
    decided_by     text,
    decided_at     timestamptz,
    decision       text,                        -- why it was withdrawn
    signature_id   bigint references signature,
    rule_id        int references limit_rule,   -- the version that it became
    version        int not null default 1
);

create unique index policy_change_open on policy_change (policy) where status = 'proposed';
