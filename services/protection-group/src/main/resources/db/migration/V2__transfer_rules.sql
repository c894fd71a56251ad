-- What a group may use of its agents' links, and how often its guests' file systems are frozen. Existing groups get what they had: no limit, the
-- middle priority, no APP checkpoints.
alter table protection_group
    -- 0 = none.
    add column app_checkpoint_interval_ms bigint not null default 0,
    add column transfer text not null default
        '{"priority":5,"rate":{"bytesPerSecond":0,"windows":[]},"syncRate":{"bytesPerSecond":0,"windows":[]},"resyncThresholdPercent":50}';
