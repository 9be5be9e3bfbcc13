-- What proves that people may do what they do: controlled documents, training, approved suppliers; and what proves the
-- trail: its end written down day by day, and the reviews of it.

create table document (
    id       int generated always as identity primary key,
    code     text not null unique,              -- SOP-FILL-001
    title_en text not null,
    title_zh text not null
);

create table document_version (
    id             int generated always as identity primary key,
    document_id    int not null references document,
    number         int not null,                -- 1, 2, 3 ... of its document
    status         text not null,               -- draft, in_review, approved, withdrawn
    text           text not null default '',    -- what it says, where it is kept here
    url            text not null default '',    -- where it is kept, where it is kept elsewhere
    change_reason  text not null,               -- why there is this version
    author         text not null,
    drafted_at     timestamptz not null,
    effective_from timestamptz,                 -- null: not approved yet
    obsolete_from  timestamptz,                 -- the next one took its place, or it was withdrawn; null: neither
    signature_id   int references signature,    -- the approval's
    version        int not null default 1,
    unique (document_id, number),
    check ((status in ('approved', 'withdrawn')) = (effective_from is not null)),
    check (obsolete_from is null or obsolete_from >= effective_from)
);

create unique index document_in_hand on document_version (document_id) where status in ('draft', 'in_review');

create table training_need (                    -- which role must know which document
    document_id int not null references document,
    role        text not null,
    valid_days  int check (valid_days > 0),     -- how long a training holds; null: until the next version
    ended_at    timestamptz,                    -- null: it is needed
    primary key (document_id, role)
);

create table training_record (                  -- append-only: the latest of a person and a version says how it is
    id          int generated always as identity primary key,
    person_id   int not null references person,
    version_id  int not null references document_version,
    passed      boolean not null,
    method      text not null,                  -- read, classroom, practice, assessment
    trained_on  date not null,                  -- in the plant's calendar
    valid_until date,                           -- last day; null: until the next version
    trainer     text not null,                  -- who taught and assessed; the person's own name where it was read
    signature_id int not null references signature,
    recorded_at timestamptz not null,
    check (valid_until is null or valid_until >= trained_on)
);

create index training_of_person on training_record (person_id, version_id, id);

create table supplier (
    id      int generated always as identity primary key,
    code    text not null unique,
    name    text not null,
    country text not null default '',
    version int not null default 1
);

create table supplier_approval (                -- for one item, from a day to a day (GMP 2010 Art. 104, 106)
    id          int generated always as identity primary key,
    supplier_id int not null references supplier,
    item_id     int not null references item,
    valid_from  date not null,
    valid_until date not null,                  -- last day
    basis       text not null,                  -- audit report, questionnaire, licence: what it rests on
    signature_id int not null references signature,
    approved_at timestamptz not null,
    ended_at    timestamptz,                    -- null: it was not taken back
    ended_by    text,
    end_reason  text,
    check (valid_until >= valid_from),
    check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (end_reason is null))
);

create index supplier_approval_item on supplier_approval (item_id, supplier_id, valid_until);

create table audit_checkpoint (                 -- append-only: where the trail ended, once a day
    day   date primary key,                     -- in the plant's calendar
    at    timestamptz not null,
    seq   bigint not null,
    head  char(64) not null,
    count bigint not null                       -- rows there were
);

create table audit_review (                     -- append-only: somebody looked at a part of the trail and signed
    id           int generated always as identity primary key,
    scope        text not null,                 -- batch, person, changed, or the kind of a record
    subject      text not null,                 -- id of the batch or record, a person's user name; '' for all
    from_time    timestamptz,                   -- null: from the first row on
    to_time      timestamptz,
    last_seq     bigint not null,               -- the trail's end when it was looked at
    row_count    int not null,                  -- rows that it covers
    rows_sha256  char(64) not null,             -- of their hashes, in order
    findings     text not null,
    conclusion   text not null,                 -- no_findings, findings
    signature_id int not null references signature,
    reviewed_by  text not null,
    reviewed_at  timestamptz not null
);

create index audit_review_subject on audit_review (scope, subject, id);
