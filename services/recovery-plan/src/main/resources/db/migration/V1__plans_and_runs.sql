-- Plans keep every revision: a run names the one it began with, and a report can be read years later.
CREATE TABLE plans (
    id         uuid PRIMARY KEY,
    name       text        NOT NULL,
    revision   bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL,
    deleted_at timestamptz,
    version    bigint      NOT NULL
);
-- A deleted plan frees its name.
CREATE UNIQUE INDEX plans_name ON plans (name) WHERE deleted_at IS NULL;

CREATE TABLE plan_revisions (
    plan_id    uuid        NOT NULL REFERENCES plans (id),
    revision   bigint      NOT NULL,
    definition jsonb       NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL,
    PRIMARY KEY (plan_id, revision)
);

-- One row is one run; "document" is the whole aggregate (see DocumentMapper), the other columns are what is searched for.
CREATE TABLE runs (
    id            uuid PRIMARY KEY,
    plan_id       uuid        NOT NULL REFERENCES plans (id),
    plan_revision bigint      NOT NULL,
    mode          text        NOT NULL,
    state         text        NOT NULL,
    recovered     boolean     NOT NULL,
    ordered_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    -- When the executor has to look at the run again; null when it has ended.
    next_at       timestamptz,
    document      jsonb       NOT NULL,
    -- The finished report, written once.
    report        jsonb,
    version       bigint      NOT NULL
);
CREATE INDEX runs_newest ON runs (ordered_at DESC, id DESC);
CREATE INDEX runs_of_plan ON runs (plan_id, ordered_at DESC, id DESC);
CREATE INDEX runs_due ON runs (next_at) WHERE ended_at IS NULL;

-- Who may execute a run. "term" grows with every holder and fences the ones before; times are the database's.
CREATE TABLE run_leases (
    run_id      uuid PRIMARY KEY REFERENCES runs (id),
    owner       text        NOT NULL,
    term        bigint      NOT NULL,
    held_until  timestamptz NOT NULL
);

-- Read model of topic protection-events.
CREATE TABLE protected_groups (
    pg_id     uuid PRIMARY KEY,
    name      text   NOT NULL,
    lifecycle text   NOT NULL,
    revision  bigint NOT NULL
);
