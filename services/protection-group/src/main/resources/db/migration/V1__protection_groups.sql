-- A group is read and written whole, so what it owns stands in its row: members, conditions and the data of its lifecycle
-- state as JSON objects. A new lifecycle state needs no new column.
create table protection_group (
    id                     uuid        primary key,
    name                   text        not null,
    lifecycle              text        not null,
    lifecycle_data         text        not null,
    shown_lifecycle        text        not null,
    membership             text        not null,
    checkpoint_interval_ms bigint      not null,
    history_ms             bigint      not null,
    journal_limit_bytes    bigint      not null,
    rpo_objective_ms       bigint      not null,
    placed_on              integer,
    history_since          timestamptz,
    created_at             timestamptz not null,
    created_by             text        not null,
    conditions             text        not null,
    -- 0 = never published.
    policy_revision        bigint      not null,
    event_revision         bigint      not null,
    -- False when nothing is left to do for the group: removed, and its journal's fate settled.
    watched                boolean     not null,
    version                bigint      not null
);

create index protection_group_watched on protection_group (id) where watched;
create index protection_group_lifecycle on protection_group (shown_lifecycle, id);

-- A VM is in one group at most; the primary key is what holds two creations at the same moment apart.
create table vm_claim (
    vm_id uuid primary key,
    pg_id uuid not null references protection_group (id)
);

create index vm_claim_pg on vm_claim (pg_id);

-- Who asked for what, and when. Only ever appended to.
create table group_command (
    id      bigint      generated always as identity primary key,
    pg_id   uuid        not null references protection_group (id),
    at      timestamptz not null,
    by_whom text        not null,
    command text        not null,
    detail  text        not null
);

create index group_command_pg on group_command (pg_id, id);

create table checkpoint_request (
    checkpoint_id uuid        primary key,
    pg_id         uuid        not null references protection_group (id),
    command_id    uuid        not null unique,
    name          text        not null,
    requested_at  timestamptz not null,
    requested_by  text        not null,
    expires_at    timestamptz not null,
    progress      text        not null,
    progress_data text        not null
);

create index checkpoint_request_pg on checkpoint_request (pg_id, requested_at, checkpoint_id);
create index checkpoint_request_waiting on checkpoint_request (requested_at) where progress in ('REQUESTED', 'CUT');

-- What others last said, each with our time of reading.
create table known_vm (
    vm_id       uuid    primary key,
    revision    bigint  not null,
    gone        boolean not null,
    description text    not null
);

create table journal_word (
    pg_id uuid primary key references protection_group (id),
    word  text not null
);

create table stream_word (
    pg_id    uuid not null references protection_group (id),
    agent_id uuid not null,
    word     text not null,
    primary key (pg_id, agent_id)
);

-- Runs that hold test copies now; the row goes when the run ends.
create table running_test (
    pg_id  uuid        not null references protection_group (id),
    run_id uuid        not null,
    at     timestamptz not null,
    primary key (pg_id, run_id)
);

create table test_result (
    pg_id           uuid primary key references protection_group (id),
    last_success_at timestamptz,
    last_failure_at timestamptz
);
