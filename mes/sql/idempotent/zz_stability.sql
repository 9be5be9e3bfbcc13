-- The ledger of stability budgets and the lots' lineage only grow, whoever asks.

create or replace trigger stability_entry_append_only before update or delete on stability_entry
    for each row execute function refuse_change();
create or replace trigger stability_entry_no_truncate before truncate on stability_entry
    for each statement execute function refuse_change();
create or replace trigger stability_profile_append_only before update or delete on stability_profile
    for each row execute function refuse_change();
create or replace trigger lot_lineage_append_only before update or delete on lot_lineage
    for each row execute function refuse_change();

-- Runs after the grants on every table.
revoke update on stability_entry, stability_profile, lot_lineage from isotherm_app;
