-- Rounds of inspection, and the signature rule that an order takes over from its plan.

alter table maintenance_order
    add column sign_done boolean not null default false;  -- who does the work signs it, as its plan asked

create table round_plan (
    id            int generated always as identity primary key,
    code          text not null unique,
    definition    text not null,                -- JSON as the plant folder says it: stops, items, windows
    since         timestamptz not null,         -- when it was put into the plant: no round lies before
    retired       boolean not null default false
);

create table round_task (
    id            int generated always as identity primary key,
    number        text not null unique,         -- RND-2026-0001
    plan_id       int not null references round_plan,
    definition    text not null,                -- its plan as it was when the round was set down
    opens_at      timestamptz not null,
    closes_at     timestamptz not null check (closes_at > opens_at),
    status        text not null default 'scheduled',
    started_by    text,
    started_at    timestamptz,
    submitted_by  text,
    submitted_at  timestamptz,
    closed_at     timestamptz,                  -- when its window was seen to be over, with something missing
    reviewed_by   text,
    reviewed_at   timestamptz,
    remark        text not null default '',
    version       int not null default 1,
    unique (plan_id, opens_at)
);
create index round_task_closes on round_task (closes_at) where status in ('scheduled', 'open', 'in_progress');

create table round_start (                      -- only grows: somebody stood before the machine
    id            int generated always as identity primary key,
    task_id       int not null references round_task,
    stop          int not null,                 -- its place in the round, from 0
    scanned       text not null,                -- what the label said; empty where it was overridden
    reason        text not null default '',     -- why without a label
    seen_at       timestamptz not null,         -- by the phone's clock, set right by the server's
    received_at   timestamptz not null,
    actor         text not null,
    key           text not null unique,
    check (scanned <> '' or reason <> '')
);
create index round_start_task on round_start (task_id, stop, id);

create table round_entry (                      -- only grows: the last one of an item counts, every one stays
    id            int generated always as identity primary key,
    task_id       int not null references round_task,
    stop          int not null,
    item          text not null,
    value         text not null,
    passed        boolean not null,
    note          text not null default '',
    seen_at       timestamptz not null,
    received_at   timestamptz not null,
    late          boolean not null,             -- it came after the end of the round's window
    order_id      int references maintenance_order,  -- that it asked for, or joined
    deviation_id  int references deviation,
    actor         text not null,
    key           text not null unique
);
create index round_entry_task on round_entry (task_id, stop, item, id);

create table round_photo (                      -- only grows
    id            int generated always as identity primary key,
    entry_id      int not null unique references round_entry,
    media_type    text not null,
    sha256        char(64) not null,
    content       bytea not null
);

create table round_miss (                       -- only grows: what nobody had looked at when the window ended
    task_id       int not null references round_task,
    stop          int not null,
    item          text not null,
    at            timestamptz not null,
    primary key (task_id, stop, item)
);
