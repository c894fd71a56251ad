-- How far this site's own status has come; one row (docs/pairing.md, "Mirrored status").
create table own_status (
    one           boolean primary key default true check (one),
    incarnation   uuid   not null,
    sequence      bigint not null,
    groups_digest text   not null,
    vms_digest    text   not null,
    rewound_at    timestamptz,
    rewound_from  bigint,
    rewound_to    bigint,
    constraint own_status_was_rewound_whole
        check ((rewound_at is null) = (rewound_from is null) and (rewound_at is null) = (rewound_to is null))
);

-- What a peer has told last.
create table mirror (
    id             uuid primary key,        -- of its site
    name           text   not null,
    health         text   not null check (health in ('OK', 'UNKNOWN', 'WARNING', 'CRITICAL')),
    omitted_groups bigint not null,
    omitted_vms    bigint not null,
    groups         text   not null,         -- JSON, as they came
    vms            text   not null,
    incarnation    uuid   not null,
    sequence       bigint not null,
    groups_digest  text   not null,         -- as announced; what is held may lag behind it
    vms_digest     text   not null,
    run            uuid   not null,
    call           bigint not null,
    told_at        timestamptz not null,    -- by the peer's clock
    contact_at     timestamptz not null,    -- by ours
    break_kind     text check (break_kind in ('REWOUND', 'REPLACED')),
    break_at       timestamptz,
    break_from     bigint,
    break_to       bigint,
    version        integer not null
);

-- Which process calls a peer.
create table peer_lease (
    id         uuid primary key,            -- of the peer's site
    holder     uuid not null,
    held_until timestamptz not null
);
