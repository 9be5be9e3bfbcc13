-- Orders on master records, and the electronic batch record: operations, steps, values, captures, clearances, prints.

alter table work_order
    add column priority       int not null default 3 check (priority between 1 and 5),  -- 1 goes first
    add column due_on         date,                    -- in the plant's calendar
    add column recipe         text,                    -- code of the master record that was copied at release
    add column recipe_version int,
    add column ended_reason   text;                    -- why it was cancelled or aborted

-- A line of the copied record. Several lines may ask for one item.
alter table order_material drop constraint order_material_pkey;
alter table order_material
    add column line               int not null default 10,
    add column under_pct          numeric not null default 0 check (under_pct >= 0),
    add column fefo               text not null default 'warn',   -- strict, warn, off
    add column min_remaining_days int not null default 0,
    add column dispense           bool not null default false,
    add column assay_adjusted     bool not null default false,
    add column step               text;                           -- `operation/step` that issues it; null: any time
alter table order_material add primary key (order_id, line);

alter table batch_record
    add column document        jsonb not null default '{}',  -- the copy of the master record, scaled to the order
    add column document_sha256 text not null default '',
    add column issued_by       text not null default '',
    add column concluded_at    timestamptz;                  -- released or rejected

create table batch_print (                       -- each time the record goes on paper (GMP 2010, article 173)
    batch_id    int not null references batch_record,
    copy        int not null check (copy >= 1),  -- 1: the one that is issued; more: reprints, with a reason
    reason      text not null,
    printed_by  text not null,
    printed_at  timestamptz not null,
    primary key (batch_id, copy),
    check (copy = 1 or reason <> '')
);

create table batch_operation (
    id           int generated always as identity primary key,
    batch_id     int not null references batch_record,
    position     int not null,                   -- order in the record, from 1
    code         text not null,                  -- unique in its record
    name_en      text not null,
    name_zh      text not null,
    status       text not null,                  -- pending, ready, running, paused, done, skipped
    equipment_id int references equipment,       -- the machine it runs on; null: not chosen yet
    note         text not null default '',       -- why it is paused or was skipped
    started_at   timestamptz,
    started_by   text,
    done_at      timestamptz,                    -- done or skipped
    done_by      text,
    signature_id int references signature,       -- of who performed or skipped it
    version      int not null default 1,
    unique (batch_id, code)
);

create table batch_step (
    id                  int generated always as identity primary key,
    operation_id        int not null references batch_operation,
    position            int not null,
    code                text not null,           -- unique in its operation
    kind                text not null,           -- confirm, value, choice, text, capture, ipc, material, equipment, yield
    critical            bool not null,           -- a second person verifies
    mandatory           bool not null,
    status              text not null,           -- pending, open, done, skipped
    opened_at           timestamptz,             -- its own window begins
    done_at             timestamptz,             -- and ends
    done_by             text,
    performer_id        int references person,   -- null: a program
    signature_id        int references signature,
    verified_by         text,
    verified_at         timestamptz,
    verify_signature_id int references signature,
    note                text not null default '',  -- why it was skipped
    version             int not null default 1,
    unique (operation_id, code)
);

create table batch_value (                       -- only grows: a correction is a row that supersedes another
    id            bigint generated always as identity primary key,
    step_id       int not null references batch_step,
    name          text not null default 'value', -- value, sample-1 .. n, good, rejected, sampled, equipment
    number        numeric,
    text          text not null default '',
    unit          text not null default '',
    verdict       text not null,                 -- within, alert, out, unjudged
    source        text not null,                 -- typed, scanned, program
    observed_at   timestamptz not null,          -- when it was so; the same as entered_at unless entered late
    entered_at    timestamptz not null,
    entered_by    text not null,
    supersedes_id bigint unique references batch_value,  -- corrected once; the correction may be corrected again
    reason        text not null default '',
    signature_id  int references signature,
    check (supersedes_id is null or (reason <> '' and signature_id is not null))
);
create index batch_value_step on batch_value (step_id);
create unique index batch_value_first on batch_value (step_id, name) where supersedes_id is null;

create table batch_capture (                     -- only grows: what late readings change is a row that supersedes another
    id            bigint generated always as identity primary key,
    step_id       int not null references batch_step,
    point_id      int references point,
    tag           text not null,                 -- the point's name
    window_start  timestamptz not null,
    window_end    timestamptz not null,
    n             int not null,                  -- good readings in the window
    min           float8,                        -- null: no good reading
    max           float8,
    mean          float8,                        -- over the known time
    unit          text not null,
    gap_s         float8 not null,               -- time in the window in which the value is unknown
    coverage_pct  float8 not null,
    raw_sha256    text not null,                 -- over the raw readings of the window
    covered       boolean not null,              -- whether enough of the window is known
    verdict       text not null,                 -- within, alert, out, data_gap, unjudged
    taken_at      timestamptz not null,
    taken_by      text not null,
    supersedes_id bigint unique references batch_capture
);
create index batch_capture_step on batch_capture (step_id);
create unique index batch_capture_first on batch_capture (step_id) where supersedes_id is null;

create table line_clearance (                    -- only grows: one is recorded, and a check is a row of its own
    id           int generated always as identity primary key,
    equipment_id int not null references equipment,
    batch_id     int not null references batch_record,     -- for which the line is cleared
    operation_id int not null references batch_operation,
    before_batch text not null default '',                 -- number of the batch that ran before
    found        text not null,                            -- what was looked at, and found
    recorded_by  text not null,
    recorder_id  int references person,
    recorded_at  timestamptz not null,
    signature_id int references signature
);
create index line_clearance_operation on line_clearance (operation_id);

create table line_clearance_check (
    clearance_id int primary key references line_clearance,
    passed       bool not null,
    remark       text not null default '',
    checked_by   text not null,
    checked_at   timestamptz not null,
    signature_id int references signature
);

create table equipment_log (                     -- only grows: every change of a machine's status
    id           bigint generated always as identity primary key,
    equipment_id int not null references equipment,
    status       text not null,
    batch_id     int references batch_record,    -- the batch that it is used for, or that left it dirty
    reason       text not null,
    changed_by   text not null,
    changed_at   timestamptz not null
);
create index equipment_log_equipment on equipment_log (equipment_id, id);

create table cleaning (
    id           int generated always as identity primary key,
    equipment_id int not null references equipment,
    method       text not null,                  -- instruction, agent, level
    started_by   text not null,
    started_at   timestamptz not null,
    finished_by  text,
    finisher_id  int references person,
    finished_at  timestamptz,
    signature_id int references signature,
    checked_by   text,                           -- another person
    checked_at   timestamptz,
    check_signature_id int references signature,
    passed       bool,
    remark       text not null default '',
    version      int not null default 1
);
create index cleaning_equipment on cleaning (equipment_id, id);
create index work_order_open on work_order (equipment_id, status);
