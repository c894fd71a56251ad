-- Messages that a transaction wants sent; the relay sends them in the order of id and deletes them.
create table outbox (
    id          bigint generated always as identity primary key,
    topic       text        not null,
    record_key  text        not null,
    value       bytea,                              -- null = tombstone
    created_at  timestamptz not null default now()
);

-- One row: who locks it is the relay. Two relays would overtake each other.
create table outbox_relay (
    only_row boolean primary key default true check (only_row)
);
insert into outbox_relay default values;

-- Where each reader goes on; written in the transaction of the record's effect.
create table consumed_position (
    reader      text        not null,
    topic       text        not null,
    partition   integer     not null,
    next_offset bigint      not null,
    updated_at  timestamptz not null default now(),
    primary key (reader, topic, partition)
);

-- Replies of commands, by the caller's key.
create table idempotency_key (
    caller       text        not null,
    operation    text        not null,
    key          text        not null,
    request_hash bytea       not null,
    status       integer,                           -- null only inside the transaction that runs the command
    location     text,
    body         text,
    created_at   timestamptz not null default now(),
    primary key (caller, operation, key)
);
create index idempotency_key_created_at on idempotency_key (created_at);
