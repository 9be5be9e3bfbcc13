create table work_order (
    id           int generated always as identity primary key,
    number       text not null unique,          -- WO-2026-0001
    item_id      int not null references item,  -- what is made
    equipment_id int not null references equipment,  -- the line it runs on
    quantity     numeric not null check (quantity > 0),
    unit         text not null,
    status       text not null,                 -- planned, released, running, on_hold, completed, closed, cancelled, aborted
    hold_reason  text,
    started_at   timestamptz,
    completed_at timestamptz,
    planned_by   text not null,
    planned_at   timestamptz not null,
    version      int not null default 1
);

create table order_material (                   -- what the order needs: a snapshot, later recipes do not change it
    order_id     int not null references work_order,
    item_id      int not null references item,
    quantity     numeric not null check (quantity > 0),
    unit         text not null,
    over_pct     numeric not null default 0 check (over_pct >= 0),  -- how much more may be issued
    primary key (order_id, item_id)
);

create table batch_record (
    id           int generated always as identity primary key,
    order_id     int not null unique references work_order,  -- one controlled copy a batch
    lot_id       int references lot,            -- the lot that it makes
    number       text not null unique,          -- the batch's number
    status       text not null,                 -- issued, in_execution, executed, prod_reviewed, qa_review, released, rejected
    issued_at    timestamptz not null,
    started_at   timestamptz,
    ended_at     timestamptz,
    version      int not null default 1
);

create table material_issue (
    id              bigint generated always as identity primary key,
    batch_id        int not null references batch_record,
    lot_id          int not null references lot,
    quantity        numeric not null check (quantity > 0),
    unit            text not null,
    issued_by       text not null,
    issued_at       timestamptz not null,
    idempotency_key text not null unique        -- the same scan twice is one issue
);

create index material_issue_batch on material_issue (batch_id);
create index material_issue_lot on material_issue (lot_id);
create index batch_record_lot on batch_record (lot_id);
