-- The unbroken time in which a tap has seen every write, as the agent reports it; empty = there is none.
alter table volume
    add column capture_id text not null default '';
