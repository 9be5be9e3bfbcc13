-- Reports: what was asked for, and the files that are kept. A kept file never changes and never goes (see
-- sql/idempotent/reports.sql). Who makes them finds out by the queue, which lives in a schema of its own.

create table report (
    id             int generated always as identity primary key,
    number         text not null,               -- RPT-2026-0001: one for a kind, subject, period and language
    version        int not null,                -- 1, 2, 3 ... : the same made again
    kind           text not null,               -- room, excursion, alarms, trail ...
    subject        text not null,               -- a zone's code, a record's number; empty: the whole plant
    period_start   timestamptz,                 -- half open; null: the subject's own time
    period_end     timestamptz,
    language       text not null,               -- zh, en
    signed_copy_of int,                         -- the kept report that was signed; null: not a signed copy
    status         text not null,               -- waiting, being_made, ready, failed
    asked_by       text not null,
    asked_at       timestamptz not null,
    tries          int not null default 0,
    began_at       timestamptz,
    ended_at       timestamptz,
    failure        text,                        -- code of the error, and what it said
    failure_told   text,
    changes        int not null default 1       -- version of this row
);

create unique index report_version on report (number, version) where signed_copy_of is null;
create index report_unmade on report (id) where status in ('waiting', 'being_made');

create table kept_report (
    id               int generated always as identity primary key,
    report_id        int not null unique references report,  -- one making, one file
    copy_of          int references kept_report,  -- what was signed; null: the report as it was made
    made_by          text not null,
    made_at          timestamptz not null,
    name_en          text not null,               -- of the subject, as it was then
    name_zh          text not null,
    template_version int not null,
    content          text not null,               -- canonical JSON of every figure and fact in it
    content_sha256   char(64) not null,
    page             text not null,               -- the document as it was printed from, whole
    pages            int not null,
    file             bytea not null,              -- the PDF
    file_sha256      char(64) not null
);

create index kept_report_file on kept_report (file_sha256);
alter table report add foreign key (signed_copy_of) references kept_report;

create table report_schedule (
    kind           text primary key,            -- reported once a month
    done_until     timestamptz not null         -- every month that had ended by then has been asked for
);
