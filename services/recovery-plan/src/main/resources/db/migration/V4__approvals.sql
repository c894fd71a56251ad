-- How many approvals a run waits for now: what a monitor looks for without reading every run.
ALTER TABLE runs ADD COLUMN approvals_waiting integer NOT NULL DEFAULT 0;
