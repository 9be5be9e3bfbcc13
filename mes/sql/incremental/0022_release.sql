-- What differed from the master record while a batch was made, and what the reviews of its record ended in.

create table batch_exception (
    id           int generated always as identity primary key,
    batch_id     int not null references batch_record,
    key          text not null,                 -- what it is about, once a batch: value:17:oos
    kind         text not null,                 -- oos_value, oot, missed_step, late_entry, manual_override ...
    severity     text not null,                 -- minor, major, critical
    said         json not null,                 -- what was found, as it was then
    operation_id int,
    step_id      int,
    status       text not null,                 -- open, commented, accepted, escalated, closed
    raised_by    text not null,
    raised_at    timestamptz not null,
    comment      text not null default '',
    commented_by text,
    commented_at timestamptz,
    rationale    text not null default '',      -- why it has no impact, or what became of it
    judged_by    text,
    judged_at    timestamptz,
    signature_id int references signature,      -- of who accepted or closed it
    deviation_id int references deviation,
    version      int not null default 1,
    unique (batch_id, key),
    check (status not in ('accepted', 'closed') or signature_id is not null),
    check (status <> 'escalated' or deviation_id is not null)
);

create index batch_exception_deviation on batch_exception (deviation_id);

create table batch_review (                     -- append-only: each act on a whole record, with what was signed
    id           int generated always as identity primary key,
    batch_id     int not null references batch_record,
    step         text not null,                 -- review_production, begin_qa, review_qa, return, certify, reject
    record_sha256 char(64) not null,            -- of the whole record as it was then
    note         text not null,
    found        json not null,                 -- the gate as it was then
    signature_id int references signature,      -- none: work began, or a record came back
    acted_by     text not null,
    person_id    int references person,
    acted_at     timestamptz not null
);

create index batch_review_batch on batch_review (batch_id, id);

create table batch_evidence (                   -- append-only: a fact that no other part knows, recorded by a person
    id           int generated always as identity primary key,
    batch_id     int not null references batch_record,
    kind         text not null,                 -- laboratory, label, changes, coverage
    subject      text not null,                 -- certificate's number, scanned text, number of a change, a point
    passed       boolean not null,
    said         json not null,
    note         text not null,
    signature_id int not null references signature,
    recorded_by  text not null,
    recorded_at  timestamptz not null
);

create index batch_evidence_batch on batch_evidence (batch_id, kind, id);
