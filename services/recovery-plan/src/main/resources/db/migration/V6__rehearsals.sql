-- How often a plan has to be rehearsed, and when it is by itself (docs/rehearsals.md). Apart from the plan's revisions: what it says about recovery is
-- the same on whatever day it is rehearsed.
CREATE TABLE rehearsal_policies (
    plan_id               uuid PRIMARY KEY REFERENCES plans (id),
    document              jsonb       NOT NULL,
    -- As the document says it, for one query about all plans; null = as the site says.
    overdue_after_seconds bigint,
    -- The due time that nobody has noted yet; null = none.
    next_at               timestamptz,
    changed_at            timestamptz NOT NULL,
    changed_by            text        NOT NULL
);
CREATE INDEX rehearsal_policies_due ON rehearsal_policies (next_at) WHERE next_at IS NOT NULL;

-- One row for each due time that was noted: the run that it began, or why there is none. A due time is noted once.
CREATE TABLE rehearsals (
    id            uuid PRIMARY KEY,
    plan_id       uuid        NOT NULL REFERENCES plans (id),
    due_at        timestamptz NOT NULL,
    noted_at      timestamptz NOT NULL,
    missed_before integer     NOT NULL,
    run_id        uuid UNIQUE REFERENCES runs (id),
    -- How long the run goes on once it is READY.
    serve_millis  bigint      NOT NULL,
    skip_code     text,
    skip_reason   text,
    UNIQUE (plan_id, due_at)
);
CREATE INDEX rehearsals_of_plan ON rehearsals (plan_id, noted_at DESC, id DESC);

-- The last picture of a machine's display: evidence, kept with the run.
CREATE TABLE machine_screens (
    machine_id uuid PRIMARY KEY,
    run_id     uuid        NOT NULL REFERENCES runs (id),
    moment     text        NOT NULL,
    taken_at   timestamptz NOT NULL,
    sha256     text        NOT NULL,
    png        bytea       NOT NULL
);
