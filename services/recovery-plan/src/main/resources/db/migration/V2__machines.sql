-- The VMs of each protection group, as its newest event named them. The topic is compacted: it is read again from its beginning, so that
-- groups that were learnt before get theirs.
ALTER TABLE protected_groups ADD COLUMN members jsonb NOT NULL DEFAULT '[]';
DELETE FROM consumed_position WHERE reader = 'recovery-plan.protection-events';

-- Read model of topic inventory-events: hosts, and what they can do for machines.
CREATE TABLE machine_hosts (
    host_id         uuid PRIMARY KEY,
    name            text    NOT NULL,
    agent_id        uuid    NOT NULL,
    connected       boolean NOT NULL,
    runs_machines   boolean NOT NULL,
    memory_limit    bigint  NOT NULL,
    memory_used     bigint  NOT NULL,
    networks        jsonb   NOT NULL,
    revision        bigint  NOT NULL
);

-- The newest MachinesReport of each agent, machine by machine; what an agent's newest report does not have is not here.
CREATE TABLE machine_reports (
    machine_id     uuid PRIMARY KEY,
    agent_id       uuid        NOT NULL,
    state          text        NOT NULL,
    state_since    timestamptz NOT NULL,
    error_code     text        NOT NULL,
    message        text        NOT NULL,
    ready_at       timestamptz,
    console_tail   text        NOT NULL,
    reported_at    timestamptz NOT NULL
);
CREATE INDEX machine_reports_of_agent ON machine_reports (agent_id);

-- What was ordered of each machine. A row that says "stopped" bars every later order to start it.
CREATE TABLE machine_orders (
    machine_id uuid PRIMARY KEY,
    run_id     uuid        NOT NULL,
    agent_id   uuid        NOT NULL,
    ordered    boolean     NOT NULL,
    stopped    boolean     NOT NULL,
    changed_at timestamptz NOT NULL
);

-- One row for each command that was sent, and the answer if one came.
CREATE TABLE machine_commands (
    command_id uuid PRIMARY KEY,
    machine_id uuid        NOT NULL,
    stops      boolean     NOT NULL,
    sent_at    timestamptz NOT NULL,
    ok         boolean,
    error_code text        NOT NULL DEFAULT '',
    message    text        NOT NULL DEFAULT ''
);
CREATE INDEX machine_commands_of_machine ON machine_commands (machine_id);
CREATE INDEX machine_commands_by_age ON machine_commands (sent_at);
