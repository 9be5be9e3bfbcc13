-- In which languages the reports of every month are made: the plant's choice, kind by kind.

alter table report_schedule add column languages text[] not null default '{zh}'
    check (cardinality(languages) between 1 and 2 and languages <@ array['zh', 'en']);
alter table report_schedule add column changes int not null default 1;  -- version of this row
