-- What agents report of commands inside of guests; the newest word for each.
CREATE TABLE guest_reports (
    machine_id  uuid        NOT NULL,
    key         text        NOT NULL,
    attempt     integer     NOT NULL,
    ended       boolean     NOT NULL,
    error_code  text        NOT NULL,
    message     text        NOT NULL,
    output      text        NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (machine_id, key)
);
CREATE INDEX guest_reports_by_age ON guest_reports (reported_at);

-- One row for each order that was sent, and the answer if one came.
CREATE TABLE guest_orders (
    command_id uuid PRIMARY KEY,
    machine_id uuid        NOT NULL,
    key        text        NOT NULL,
    attempt    integer     NOT NULL,
    sent_at    timestamptz NOT NULL,
    ok         boolean,
    error_code text        NOT NULL DEFAULT '',
    message    text        NOT NULL DEFAULT ''
);
CREATE INDEX guest_orders_of_command ON guest_orders (machine_id, key, attempt);
CREATE INDEX guest_orders_by_age ON guest_orders (sent_at);
