package io.holdfast.cli.failback;

import io.holdfast.cli.ExitCode;

/** Why the way is not gone on. Codes are stable. */
public enum Refusal {
    NOTHING_AWAY,
    RUNS_DO_NOT_FIT,
    GROUPS_DO_NOT_FIT,
    VOLUMES_DO_NOT_FIT,
    OWNERS_DO_NOT_FIT,
    AWAY_GROUP_STATE,
    HOME_HELD_EARLIER,
    BEGUN_BY_HAND,
    HOME_RUN_NOT_MOVED,
    MACHINE_NOT_RUNNING,
    MACHINE_UNKNOWN,
    LINK_UNKNOWN,
    ATTACHED_OTHERWISE,
    ATTACH_REJECTED(ExitCode.FAILED),
    SEED_MISSING,
    GROUP_PAUSED,
    HOME_PLAN_MISSING,
    HOME_PLAN_DOES_NOT_FIT,
    HOME_RUN_HALTED(ExitCode.FAILED),
    HOME_RUN_READY,
    HOME_NOT_RUNNING,
    /** A step was done in this call, and the sites show nothing of it. */
    STEP_DID_NOT_TAKE(ExitCode.FAILED);

    private final ExitCode exitCode;

    Refusal() {
        this(ExitCode.REFUSED);
    }

    Refusal(ExitCode exitCode) {
        this.exitCode = exitCode;
    }

    public ExitCode exitCode() {
        return exitCode;
    }
}
