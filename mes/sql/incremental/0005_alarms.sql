create table alarm (
    id           int generated always as identity primary key,
    kind         text not null,                 -- temperature, stale, edge_lost, unconfigured_point, equipment, rejected_batch
    source       text not null,                 -- what it is about, for people and for de-duplication: a point's, edge's, asset's name
    priority     text not null,                 -- low, medium, high, critical (ISA-18.2)
    point_id     int references point,
    zone_id      int references zone,
    equipment_id int references equipment,
    episode_id   int references episode,
    excursion_id int references excursion,
    message_en   text not null,
    message_zh   text not null,
    raised_at    timestamptz not null,          -- when it was so in the plant
    detected_at  timestamptz not null,          -- when we knew
    upgraded_at  timestamptz,                   -- last time its priority rose: it must be acknowledged again
    cleared_at   timestamptz,
    acked_at     timestamptz,
    acked_by     text,
    ack_comment  text,
    version      int not null default 1
);

-- One alarm for one thing: while it is not both cleared and acknowledged it is found again, not doubled.
create unique index alarm_standing on alarm (kind, source) where cleared_at is null;
create index alarm_recent on alarm (raised_at desc);
