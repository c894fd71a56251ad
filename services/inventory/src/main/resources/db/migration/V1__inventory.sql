create table site (
    id         uuid primary key,
    name       text    not null,
    local      boolean not null,
    version    integer not null
);
-- One local site; the others are peers or sites of agents only.
create unique index site_one_local on site (local) where local;

create table host (
    id               uuid primary key,      -- ours, for good
    name             text    not null,      -- a label
    hardware_uuid    text unique,           -- what stays when a host leaves and returns
    agent_id         uuid,
    site_id          uuid,
    nbd_address      text    not null,
    memory_bytes     bigint  not null,
    cpu_count        integer not null,
    software_version text    not null,
    reported_at      timestamptz,
    revision         bigint  not null,
    version          integer not null
);

-- Ids under which the same machine reported itself at other times.
create table host_alias (
    reported_id uuid primary key,
    host_id     uuid not null references host (id)
);

create table agent (
    id                 uuid primary key,
    site_id            uuid,
    host_id            uuid,
    software_version   text not null,
    link               text not null check (link in ('NEVER_SEEN', 'CONNECTED', 'DISCONNECTED')),
    link_since         timestamptz,
    instance_id        text,
    router_id          text,
    disconnect_reason  text,
    rejection_code     text,
    rejection_message  text,
    rejected_at        timestamptz,
    version            integer not null
);

create table vm (
    id           uuid primary key,
    name         text    not null,
    native_id    text    not null,
    host_id      uuid    not null references host (id),
    state        text    not null
        check (state in ('REQUESTED', 'ATTACHED', 'REJECTED', 'MISSING', 'DETACHING')),
    since        timestamptz not null,
    command_id   uuid unique,
    expires_at   timestamptz,
    reason_code  text,
    reason       text,
    revision     bigint  not null,
    version      integer not null,
    constraint vm_waits_for_a_command
        check ((state in ('REQUESTED', 'DETACHING')) = (command_id is not null and expires_at is not null))
);
create index vm_host on vm (host_id);

create table volume (
    id           uuid primary key,
    vm_id        uuid    not null references vm (id),
    position     integer not null,
    name         text    not null,
    serial       text    not null,
    size_bytes   bigint  not null check (size_bytes >= 0),
    backing      text    not null,
    nbd_export   text    not null,
    reason_code  text,                      -- null = can be protected
    reason       text
);
create index volume_vm on volume (vm_id);
create index volume_backing on volume (backing);
