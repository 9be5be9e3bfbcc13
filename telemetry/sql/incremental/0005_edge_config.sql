-- Configs that were sent to edges, as they were signed, and what the edges say became of them.

create table edge_config (
    edge        text not null,
    version     bigint not null,                -- each higher than the last
    issued_at   timestamptz not null,           -- as its signer says
    digest      text not null,                  -- of the config's text, as the edge tells it too
    envelope    text not null,                  -- JSON, with the signature: as it travels
    pushed_at   timestamptz not null,
    pushed_by   text not null,
    published_at timestamptz,                   -- null: the gateway has still to tell the edge; an edge that was away asks
    primary key (edge, version)
);

create index edge_config_unpublished on edge_config (pushed_at) where published_at is null;

create table edge_config_outcome (
    edge        text not null,
    born        text not null,                  -- when the edge's memory began: numbers count within it
    number      int not null,
    at          timestamptz not null,           -- by the edge's clock
    version     bigint not null,                -- 0: what came said none that can be believed
    digest      text not null,
    fate        text not null,                  -- accepted, refused, applied, rolled-back
    reasons     jsonb not null,                 -- a list of sentences, mistakes with file and line
    stored_at   timestamptz not null,
    primary key (edge, born, number)
);
