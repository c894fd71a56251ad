-- How each volume is captured. What was attached before could only be inline.
alter table volume
    add column capture text not null default 'INLINE' check (capture in ('INLINE', 'TAP', 'INTERVAL'));
alter table volume
    alter column capture drop default;
