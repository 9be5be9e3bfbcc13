-- What the crew writes down: codes of failures, labour, checks after the work, and everything that happened, in order.

-- The words of a failure: what is wrong, why, and what helped. Data: a plant adds its own.
create table failure_code (
    kind          text not null check (kind in ('problem', 'cause', 'remedy')),
    code          text not null,
    name_en       text not null,
    name_zh       text not null,
    retired       boolean not null default false,
    primary key (kind, code)
);

insert into failure_code (kind, code, name_en, name_zh) values
    ('problem', 'not_cooling', 'Does not cool', '不制冷'),
    ('problem', 'not_running', 'Does not start', '不启动'),
    ('problem', 'noise', 'Noise or vibration', '异响或振动'),
    ('problem', 'leak', 'Leak', '泄漏'),
    ('problem', 'overheating', 'Overheats', '过热'),
    ('problem', 'wrong_reading', 'Shows wrong values', '示值错误'),
    ('problem', 'stopped', 'Stopped during work', '运行中停机'),
    ('problem', 'out_of_tolerance', 'Works out of tolerance', '超出允差'),
    ('problem', 'no_fault_found', 'No fault found', '未发现故障'),
    ('problem', 'other', 'Other', '其他'),
    ('cause', 'wear', 'Wear', '磨损'),
    ('cause', 'electrical', 'Electrical failure', '电气故障'),
    ('cause', 'refrigerant', 'Refrigerant lost', '制冷剂泄漏'),
    ('cause', 'dirt', 'Dirt or ice', '脏堵或结冰'),
    ('cause', 'setting', 'Wrong setting', '设置错误'),
    ('cause', 'handling', 'Handling', '操作不当'),
    ('cause', 'power', 'Power supply', '供电'),
    ('cause', 'part_defect', 'Defective part', '零件缺陷'),
    ('cause', 'design', 'Design', '设计'),
    ('cause', 'unknown', 'Not found', '原因不明'),
    ('remedy', 'replaced', 'Part replaced', '更换零件'),
    ('remedy', 'repaired', 'Repaired', '修复'),
    ('remedy', 'adjusted', 'Adjusted', '调整'),
    ('remedy', 'cleaned', 'Cleaned', '清洁'),
    ('remedy', 'refilled', 'Refilled', '补充'),
    ('remedy', 'reset', 'Reset', '复位'),
    ('remedy', 'instructed', 'People instructed', '培训人员'),
    ('remedy', 'none', 'Nothing needed', '无需处理');

-- Machines that GMP depends on: after work on them somebody judges what must follow before they are ready.
create table machine_care (
    equipment_id  int primary key references equipment,
    definition    text not null,                -- JSON: critical, which state values mean down
    since         timestamptz not null,
    retired       boolean not null default false
);

alter table maintenance_order
    add column due_on date,                     -- day in the plant's calendar; null: nobody has set one
    add column problem_code text,
    add column cause_code text,
    add column remedy_code text,
    add column no_parts boolean not null default false;  -- whoever did it says that none were used

-- Preventive orders are one a plan (see 0031), and may stand beside an order for a failure.
drop index maintenance_order_open;
create unique index maintenance_order_open on maintenance_order (equipment_id, failure_mode)
    where status not in ('closed', 'rejected', 'cancelled', 'skipped') and kind = 'corrective';

create table maintenance_labour (
    id            int generated always as identity primary key,
    order_id      int not null references maintenance_order,
    person        text not null,                -- user name of who worked
    minutes       numeric not null check (minutes <> 0),  -- less than nothing takes a mistake back
    note          text not null default '',
    booked_by     text not null,
    booked_at     timestamptz not null
);
create index maintenance_labour_order on maintenance_labour (order_id);

-- Everything that happened to an order, in order of time: steps, words, hand-overs.
create table maintenance_log (
    id            int generated always as identity primary key,
    order_id      int not null references maintenance_order,
    at            timestamptz not null,
    actor         text not null,
    act           text not null,                -- request, approve, ..., handed_over, commented, labour, part, checked, asked_again
    told          text not null default '',
    facts         json not null default '{}'
);
create index maintenance_log_order on maintenance_log (order_id, id);

-- After work on a critical machine: must it be cleaned, calibrated, qualified again?
create table maintenance_check (
    order_id      int not null references maintenance_order,
    kind          text not null check (kind in ('clean', 'calibrate', 'requalify')),
    needed        boolean not null,
    judged_by     text not null,
    judged_at     timestamptz not null,
    evidence      text not null default '',     -- number of the certificate, the protocol
    done_by       text,
    done_at       timestamptz,
    primary key (order_id, kind)
);
