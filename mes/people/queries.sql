-- create_person --
insert into person (username, printed_name, language, password_hash)
values (%(username)s, %(printed_name)s, %(language)s, %(password_hash)s)
    on conflict (username) do nothing
returning id

-- add_roles --
insert into person_role (person_id, role) select %(id)s, unnest(%(roles)s::text[])
    on conflict (person_id, role) do update set revoked_at = null

-- drop_roles --
update person_role set revoked_at = %(now)s
 where person_id = %(id)s and role <> all (%(roles)s::text[]) and revoked_at is null

-- person --
select id, username, printed_name, language, active, failures, locked_at, version,
       array(select role from person_role where person_id = person.id and revoked_at is null order by role) as roles
  from person where id = %(id)s

-- people --
select id, username, printed_name, language, active, failures, locked_at, version,
       array(select role from person_role where person_id = person.id and revoked_at is null order by role) as roles
  from person order by username

-- password_of --
select id, password_hash, active, failures, locked_at from person where username = %(username)s

-- count_failure --
-- One statement, so that tries in parallel are all counted.
update person
   set failures = failures + 1,
       locked_at = case when failures + 1 >= %(tries)s then coalesce(locked_at, %(now)s) end
 where id = %(id)s
returning username, failures, locked_at

-- forget_failures --
update person set failures = 0 where id = %(id)s and failures > 0 and locked_at is null

-- unlock --
update person set failures = 0, locked_at = null, version = version + 1
 where id = %(id)s and version = %(version)s
returning id

-- touch_person --
update person set version = version + 1 where id = %(id)s and version = %(version)s returning id

-- set_password --
update person set password_hash = %(password_hash)s, version = version + 1
 where id = %(id)s and version = %(version)s
returning id

-- set_active --
update person set active = %(active)s, version = version + 1
 where id = %(id)s and version = %(version)s
returning id

-- open_session --
insert into session (id, person_id, created_at, seen_at) values (%(id)s, %(person_id)s, %(now)s, %(now)s)

-- session_person --
-- A session lives while it is used: idle for longer than the time-out, it is as good as ended.
select person.id, username, printed_name, language, active, failures, locked_at, person.version,
       array(select role from person_role where person_id = person.id and revoked_at is null order by role) as roles
  from session join person on person.id = session.person_id
 where session.id = %(id)s and ended_at is null and seen_at > %(idle_since)s
   and active and locked_at is null

-- see_session --
update session set seen_at = %(now)s where id = %(id)s and ended_at is null and seen_at < %(not_before)s

-- end_session --
update session set ended_at = %(now)s where id = %(id)s and ended_at is null returning person_id

-- end_sessions --
update session set ended_at = %(now)s where person_id = %(person_id)s and ended_at is null

-- issue_key --
insert into api_key (name, digest, roles, created_at) values (%(name)s, %(digest)s, %(roles)s, %(now)s)
    on conflict (name) do nothing
returning id, name, roles, created_at, revoked_at

-- keys --
select id, name, roles, created_at, revoked_at from api_key order by id

-- key_of --
select id, name, roles, created_at, revoked_at from api_key where digest = %(digest)s and revoked_at is null

-- revoke_key --
update api_key set revoked_at = %(now)s where id = %(id)s and revoked_at is null
returning id, name, roles, created_at, revoked_at

-- sign --
insert into signature (person_id, printed_name, role, meaning, reason, record_type, record_id, record_version,
                       content, content_sha256, auth_method, terminal, signed_at)
values (%(person_id)s, %(printed_name)s, %(role)s, %(meaning)s, %(reason)s, %(record_type)s, %(record_id)s,
        %(record_version)s, %(content)s, %(content_sha256)s, 'password', %(terminal)s, %(now)s)
returning id

-- signature --
select id, person_id, printed_name, role, meaning, reason, record_type, record_id, record_version,
       content_sha256, terminal, signed_at
  from signature where id = %(id)s

-- signers --
select distinct person_id from signature where id = any (%(ids)s)

-- signatures_of --
select id, person_id, printed_name, role, meaning, reason, record_type, record_id, record_version,
       content_sha256, terminal, signed_at
  from signature where record_type = %(record_type)s and record_id = %(record_id)s order by id

-- signed_content --
select content::text from signature where id = %(id)s

-- signed_texts --
select id, content::text as text from signature where record_type = %(record_type)s and record_id = %(record_id)s
