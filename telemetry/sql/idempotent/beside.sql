-- What is told beside readings only grows, as the readings do.

create or replace trigger ingest_gap_append_only before update or delete on ingest_gap
    for each row execute function refuse_change();
create or replace trigger ingest_gap_no_truncate before truncate on ingest_gap
    for each statement execute function refuse_change();
create or replace trigger reading_aside_append_only before update or delete on reading_aside
    for each row execute function refuse_change();
create or replace trigger reading_aside_no_truncate before truncate on reading_aside
    for each statement execute function refuse_change();
