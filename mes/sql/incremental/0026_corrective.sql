-- What quality does after something went wrong, or before something changes: actions with owners and due dates, CAPA
-- with a check of its effect, change control, complaints, and the lots that a deviation is about.

create table quality_action (
    id          int generated always as identity primary key,
    record_type text not null,                  -- capa, change, deviation
    record_id   int not null,
    number      int not null,                   -- 1, 2, 3 in its record
    kind        text not null,                  -- immediate, corrective, preventive, implementation
    text        text not null,
    owner       text not null references person (username),
    due_on      date not null,                  -- in the plant's calendar
    document    text,                           -- code of the document that it revises
    evidence    text,                           -- what shows that it is done
    done_by     text,
    done_at     timestamptz,
    extended    int not null default 0,         -- how often its date was put off
    version     int not null default 1,
    unique (record_type, record_id, number),
    check ((done_at is null) = (done_by is null)),
    check (done_at is null or evidence is not null)
);

create index quality_action_due on quality_action (due_on) where done_at is null;

create table quality_action_extension (         -- a date is put off by signature, and every time counts
    id           int generated always as identity primary key,
    action_id    int not null references quality_action,
    was_due_on   date not null,
    due_on       date not null check (due_on > was_due_on),
    reason       text not null,
    extended_at  timestamptz not null,
    signature_id int not null references signature
);

create table capa (
    id             int generated always as identity primary key,
    number         text not null unique,        -- CAPA-2026-0001
    status         text not null,               -- open, evaluation, investigation, plan_approved, implementing, effectiveness, closed_effective, closed_ineffective, rejected
    title          text not null,
    problem        text not null,
    owner          text not null references person (username),
    evaluation     text not null default '',    -- how bad, how likely again
    cause_method   text not null default '',    -- five whys, fishbone, fault tree ...
    root_cause     text not null default '',
    metric         text not null default '',    -- what will show that it worked
    threshold      text not null default '',    -- and how much of it
    window_from    date,                        -- days over which it is looked at
    window_to      date,
    result         text not null default '',    -- what the check found
    evaluated_by   text,
    follows_id     int references capa,         -- the one that had no effect
    opened_by      text not null,
    opened_at      timestamptz not null,
    closed_at      timestamptz,
    signature_id   int references signature,
    version        int not null default 1,
    check (window_to is null or window_to > window_from),
    check (closed_at is null or signature_id is not null)
);

create table capa_source (                      -- what it came from
    capa_id     int not null references capa,
    record_type text not null,                  -- deviation, complaint, audit
    record_id   text not null,
    primary key (capa_id, record_type, record_id)
);

create index capa_source_record on capa_source (record_type, record_id);

create table change_control (
    id             int generated always as identity primary key,
    number         text not null unique,        -- CC-2026-0001
    kind           text not null,               -- material, process, equipment, specification, software, limit, model, document, supplier
    class          text,                        -- minor, major: QA says
    subject        text not null,               -- policy:cold-2-8, recipe:FG-PEN, model:..., or words
    products       text[] not null default '{}', -- codes of the products that it touches
    title          text not null,
    description    text not null,
    reason         text not null,
    status         text not null,               -- draft, submitted, impact_assessed, approved, implementing, verified, effective, closed, rejected, cancelled
    regulatory     boolean not null default false, -- an authority must agree before it takes effect
    regulatory_ref text not null default '',    -- its answer
    blocks_orders  boolean not null default false, -- no order of its products is released while it is being made
    author         text not null,
    verified_by    text,
    opened_at      timestamptz not null,
    effective_at   timestamptz,
    closed_at      timestamptz,
    approval_id    int references signature,
    signature_id   int references signature,    -- of the last signed step
    version        int not null default 1,
    check (effective_at is null or approval_id is not null)
);

create index change_control_subject on change_control (subject);

create table change_impact (                    -- what a department says that the change does to it
    change_id   int not null references change_control,
    department  text not null,                  -- production, quality, engineering, regulatory
    affected    boolean not null,
    said        text not null,
    said_by     text not null,
    said_at     timestamptz not null,
    primary key (change_id, department)
);

create table change_use (                       -- what was done under it: a version of a policy, of a master record
    id          int generated always as identity primary key,
    change_id   int not null references change_control,
    subject     text not null,
    what        text not null,
    used_by     text not null,
    used_at     timestamptz not null
);

create table change_batch (                     -- batches looked at after a change (GMP 2010, article 244)
    change_id    int not null references change_control,
    batch        text not null,                 -- the batch's number
    said         text not null,
    signature_id int not null references signature,
    looked_at    timestamptz not null,
    primary key (change_id, batch)
);

create table complaint (
    id            int generated always as identity primary key,
    number        text not null unique,         -- CMP-2026-0001
    status        text not null,                -- received, investigating, answered, closed
    severity      text,                         -- minor, major, critical: QA classifies
    source        text not null,                -- who complained: a hospital, a distributor, as the record needs it
    description   text not null,
    item          text,                         -- code of the product
    lot_id        int references lot,
    serial        text,                         -- of the unit, from its UDI
    adverse       boolean not null default false, -- somebody may have come to harm
    finding       text not null default '',
    answer        text not null default '',
    justified     boolean,
    received_on   date not null,
    recorded_by   text not null,
    recorded_at   timestamptz not null,
    deviation_id  int references deviation,
    closed_at     timestamptz,
    signature_id  int references signature,
    version       int not null default 1,
    check ((closed_at is null) = (signature_id is null))
);

create index complaint_lot on complaint (lot_id);

alter table deviation
    add column immediate_action text not null default '',
    add column investigation    text not null default '',  -- the report of the departments
    add column departments      text[] not null default '{}',  -- that took part in it
    add column extra_tests      text not null default '',  -- whether more tests or stability data are needed (article 249)
    add column no_capa_why      text not null default '',  -- why a major one needs no CAPA; signed with the closing
    add column due_on           date;                      -- of its closing; null: not reported yet

create table deviation_lot (
    deviation_id int not null references deviation,
    lot_id       int not null references lot,
    disposition  text,                          -- no_impact, reduced_life, retest, reject
    reason       text not null default '',
    named_by     text not null,
    named_at     timestamptz not null,
    decided_by   text,
    decided_at   timestamptz,
    primary key (deviation_id, lot_id)
);

create index deviation_lot_lot on deviation_lot (lot_id);

alter table policy_change add column control text;  -- number of the change control under which it was signed
