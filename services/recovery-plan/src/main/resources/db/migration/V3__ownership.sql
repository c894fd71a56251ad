-- The agent of each VM of a protection group, as its newest event names it. The topic is compacted: it is read again from its beginning, so that
-- groups that were learnt before get theirs.
DELETE FROM consumed_position WHERE reader = 'recovery-plan.protection-events';

-- The newest OwnershipReport of each agent, VM by VM; what an agent's newest report does not have is not here.
CREATE TABLE vm_fences (
    agent_id    uuid        NOT NULL,
    vm_id       uuid        NOT NULL,
    epoch       bigint      NOT NULL,
    state       text        NOT NULL,
    since       timestamptz NOT NULL,
    error_code  text        NOT NULL,
    message     text        NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (agent_id, vm_id)
);
CREATE INDEX vm_fences_of_vm ON vm_fences (vm_id);

-- How the writes of a machine can be captured, as its agent reports it.
ALTER TABLE machine_reports ADD COLUMN capture jsonb;
