-- What a request with an Idempotency-Key was answered, so that sending it again does nothing again.
create table api_answer (
    caller      text not null,
    route       text not null,                  -- method and path
    key         text not null,                  -- the caller's Idempotency-Key
    digest      char(64) not null,              -- of the body, keyed by the caller's secret: it tells nothing here
    asked_at    timestamptz,                    -- null: free again, since nothing was done
    status      int,                            -- null: being carried out, or broken off
    media_type  text,
    location    text,
    body        bytea,                          -- null with a status: the answer held a secret and was not kept
    primary key (caller, route, key)
);
