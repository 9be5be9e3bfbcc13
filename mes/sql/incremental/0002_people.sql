create table person (
    id            int generated always as identity primary key,
    username      text not null unique,
    printed_name  text not null,
    language      text not null default 'zh',   -- zh, en
    password_hash text not null,                -- argon2id
    active        boolean not null default true,
    failures      int not null default 0,       -- wrong passwords in a row
    locked_at     timestamptz,                  -- the fifth locks; an administrator unlocks
    version       int not null default 1
);

create table person_role (
    person_id   int not null references person,
    role        text not null,                  -- operator, lead, qc, qa, qp, maintenance, engineer, warehouse, admin
    revoked_at  timestamptz,                    -- null: held
    primary key (person_id, role)
);

create table session (
    id          char(64) primary key,           -- SHA-256 of the cookie's token; the token itself is not kept
    person_id   int not null references person,
    created_at  timestamptz not null,
    seen_at     timestamptz not null,
    ended_at    timestamptz
);

create table api_key (
    id          int generated always as identity primary key,
    name        text not null unique,
    digest      char(64) not null unique,       -- SHA-256 of the key; the key itself is shown once
    roles       text[] not null,
    created_at  timestamptz not null,
    revoked_at  timestamptz
);

create table signature (
    id             int generated always as identity primary key,
    person_id      int not null references person,
    printed_name   text not null,               -- as it was then
    role           text not null,               -- by which the person might sign
    meaning        text not null,               -- performed, verified, reviewed, approved, released, rejected, authored, acknowledged
    reason         text not null,
    record_type    text not null,
    record_id      text not null,
    record_version int not null,
    content        json not null,               -- what was signed
    content_sha256 char(64) not null,           -- of its canonical form
    auth_method    text not null,               -- password
    terminal       text not null,               -- address it was signed from
    signed_at      timestamptz not null
);

create index signature_record on signature (record_type, record_id);
