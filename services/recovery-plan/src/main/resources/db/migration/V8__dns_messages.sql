-- Of each record set that a run changes, the message that may still have an effect: sent, and nobody saw it answered.
CREATE TABLE dns_messages (
    run_id      uuid        NOT NULL,
    update_step text        NOT NULL,
    undo_begun  boolean     NOT NULL,
    signed_at   timestamptz,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (run_id, update_step)
);
