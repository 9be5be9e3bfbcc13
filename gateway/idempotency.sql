-- claim --
-- The first to insert carries it out. A key is taken anew after a day, or when the first try did nothing. It need not
-- wait for the disk: what the request changes is committed after it, and reaches the disk behind it.
insert into api_answer (caller, route, key, digest, asked_at)
select %(caller)s, %(route)s, %(key)s, %(digest)s, %(now)s from set_config('synchronous_commit', 'off', true)
    on conflict (caller, route, key) do update
   set digest = excluded.digest, asked_at = excluded.asked_at,
       status = null, media_type = null, location = null, body = null
 where api_answer.asked_at is null or api_answer.asked_at < %(too_old)s
returning asked_at

-- kept --
select digest, status, media_type, location, body
  from api_answer where caller = %(caller)s and route = %(route)s and key = %(key)s

-- keep --
-- Nor need this wait: an answer that a dying machine forgets is told as not kept, and nothing is done twice.
update api_answer set status = %(status)s, media_type = %(media_type)s, location = %(location)s, body = %(body)s
  from set_config('synchronous_commit', 'off', true)
 where caller = %(caller)s and route = %(route)s and key = %(key)s

-- free --
update api_answer set asked_at = null
 where caller = %(caller)s and route = %(route)s and key = %(key)s
