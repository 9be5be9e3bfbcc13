-- Raw readings only grow, on both engines. Retention drops whole chunks and fires no trigger.

create or replace trigger reading_append_only before update or delete on reading
    for each row execute function refuse_change();
create or replace trigger reading_no_truncate before truncate on reading
    for each statement execute function refuse_change();
