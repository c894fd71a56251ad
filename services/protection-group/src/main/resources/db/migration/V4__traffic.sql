-- The counters up to which a stream's traffic is noted: what is heard twice is noted once.
create table traffic_place (
    pg_id          uuid        not null,
    agent_id       uuid        not null,
    at             timestamptz not null,
    captured_bytes bigint      not null,
    sent_bytes     bigint      not null,
    steady         boolean     not null,
    primary key (pg_id, agent_id)
);

-- What a group's guests wrote, by minutes of an hour; -1 = not observed.
create table traffic_hour (
    pg_id                uuid        not null,
    hour                 timestamptz not null,
    written_bytes        bigint[]    not null,
    steady_written_bytes bigint[]    not null,
    steady_sent_bytes    bigint[]    not null,
    primary key (pg_id, hour)
);

create index traffic_hour_age on traffic_hour (hour);
