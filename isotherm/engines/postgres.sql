-- database_exists --
select 1 from pg_database where datname = %(name)s

-- make_database --
create database {name}

-- role_exists --
select 1 from pg_roles where rolname = %(name)s

-- make_role --
create role {name} login password {password}

-- set_password --
alter role {name} login password {password}
