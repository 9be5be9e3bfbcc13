-- Looking back over a year of readings takes minutes: a worker does it, and says how far it has come.
alter table look_back
    add column looked_at    timestamptz,               -- when all of it had been looked at; null: a worker still does
    add column looked_share real not null default 0;   -- 0 to 1: how much of its readings has been looked at
update look_back set looked_at = opened_at, looked_share = 1;
