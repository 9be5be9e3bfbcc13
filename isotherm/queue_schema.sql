-- make_schema --
create schema if not exists queue

-- make_ledger --
create table if not exists queue.done (name text primary key)

-- look_into_queue --
set local search_path to queue

-- done --
select name from queue.done

-- remember --
insert into queue.done (name) values (%(name)s)

-- grant_schema --
-- Programs put jobs there, take them, and clear away those that are done; the tables stay the owner's.
grant usage on schema queue to isotherm_app

-- grant_tables --
grant select, insert, update, delete on procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
      procrastinate_workers to isotherm_app

-- grant_sequences --
grant usage on all sequences in schema queue to isotherm_app
