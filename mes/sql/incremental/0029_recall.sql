-- A recall, real or rehearsed: from which lots, how far they went, who was told, what came back, when each step was taken.

create table recall (
    id            int generated always as identity primary key,
    number        text not null unique,         -- RCL-2026-0001
    kind          text not null,                -- real, mock
    recall_class  text not null,                -- I, II, III: how bad it may be for people
    status        text not null,                -- initiated, scoped, hold_applied, notified, recovering, reconciled, evaluated, closed, called_off
    reason        text not null,
    rule          text not null,                -- the clocks that hold for it, as they were when it began
    notify_h      int not null check (notify_h > 0),
    progress_d    int not null check (progress_d > 0),
    effectiveness text not null default '',     -- what was learned, before it is closed
    opened_by     text not null,
    opened_at     timestamptz not null,         -- the clocks run from here
    version       int not null default 1
);

create index recall_open on recall (status, id);

create table recall_start (                     -- the lots that it begins with
    recall_id   int not null references recall,
    lot_id      int not null references lot,
    primary key (recall_id, lot_id)
);

create table recall_step (                      -- every step with its time
    id           int generated always as identity primary key,
    recall_id    int not null references recall,
    step         text not null,                 -- open, sign_scope, apply_holds, ...
    status       text not null,                 -- in which it left the recall
    note         text not null default '',
    taken_by     text not null,
    taken_at     timestamptz not null,
    signature_id int references signature
);

create index recall_step_recall on recall_step (recall_id, id);

create table recall_scope (                     -- how far it reaches, each time that it was computed and kept
    recall_id    int not null references recall,
    number       int not null,                  -- 1, 2, 3
    digest       text not null,                 -- SHA-256 of its lines: two that are alike have the same
    taken_by     text not null,
    taken_at     timestamptz not null,
    signature_id int references signature,      -- null: not seen by QA
    primary key (recall_id, number)
);

create table recall_line (                      -- so much of a lot at one place: in the plant, or sent to somebody
    recall_id   int not null,
    scope       int not null,
    lot_id      int not null references lot,
    shipment    text not null,                  -- '': in the plant
    lot         text not null,                  -- its number
    item        text not null,                  -- code
    stage       text not null,                  -- raw, semi_finished, finished
    level       int not null,                   -- how many edges away from the nearest lot that it began with
    origin      text not null,                  -- start, trace, returned
    quantity    numeric not null check (quantity >= 0),
    unit        text not null,
    counted     boolean not null,               -- false: its quantity is part of another line
    consignee   text not null default '',
    address     text not null default '',
    contact     text not null default '',
    shipped_at  timestamptz,
    places      text not null default '',       -- where it stood in the plant
    since       int not null,                   -- number of the scope that it was first found in
    primary key (recall_id, scope, lot_id, shipment),
    foreign key (recall_id, scope) references recall_scope
);

create table recall_notice (
    id           int generated always as identity primary key,
    recall_id    int not null references recall,
    consignee    text not null,
    event        text not null,                 -- sent, confirmed, unreachable
    scope        int not null,                  -- what it told: the consignee's lines of this scope
    channel      text not null default '',      -- letter, telephone, mail, fax, in_person
    said         text not null default '',      -- lots and quantities as they were told, or what the consignee said
    person       text not null default '',      -- whom at the consignee
    recorded_by  text not null,
    recorded_at  timestamptz not null
);

create index recall_notice_recall on recall_notice (recall_id, id);

create table recall_recovery (
    id           int generated always as identity primary key,
    recall_id    int not null references recall,
    lot_id       int not null references lot,
    shipment     text not null,                 -- '': in the plant
    fate         text not null,                 -- returned, destroyed, consumed, located, unaccounted
    quantity     numeric not null check (quantity > 0),
    note         text not null default '',      -- evidence; for what is unaccounted the reason
    takes_back   int unique references recall_recovery,  -- an entry that was wrong: it counts no more, nor does this one
    recorded_by  text not null,
    recorded_at  timestamptz not null,
    check (fate <> 'unaccounted' or note <> '')
);

create index recall_recovery_recall on recall_recovery (recall_id, id);

create table recall_progress (                  -- what the authority was told meanwhile
    id           int generated always as identity primary key,
    recall_id    int not null references recall,
    reference    text not null,                 -- number of the report
    note         text not null default '',
    recorded_by  text not null,
    recorded_at  timestamptz not null
);

create index recall_progress_recall on recall_progress (recall_id, id);
