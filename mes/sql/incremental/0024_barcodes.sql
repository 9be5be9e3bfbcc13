-- What the plant's scanners are set to send between two elements of a code. Rows only grow: the last one holds.

create table scanner_setting (
    id          int generated always as identity primary key,
    separators  text not null check (separators <> ''),  -- each character of it ends an element; GS (0x1d) always does
    reason      text not null,
    set_by      text not null,
    set_at      timestamptz not null
);

-- Traceability codes of the drug authority (药品追溯码): which pack of which lot bears it, and in which pack it lies.
create table drug_code (
    code        char(20) primary key,
    lot_id      int not null references lot,
    parent_code char(20) references drug_code,  -- the next larger pack; null: none
    captured_by text not null,
    captured_at timestamptz not null,
    check (parent_code <> code)
);

create index drug_code_lot on drug_code (lot_id, code);
create index drug_code_parent on drug_code (parent_code);
