-- Kept reports only grow, whoever asks; programs may not even try.

create or replace trigger kept_report_append_only before update or delete on kept_report
    for each row execute function refuse_change();
create or replace trigger kept_report_no_truncate before truncate on kept_report
    for each statement execute function refuse_change();
