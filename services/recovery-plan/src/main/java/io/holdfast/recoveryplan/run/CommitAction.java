package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import java.util.Optional;

/** The steps that make a failover final, and the undo of those that have one. */
public sealed interface CommitAction extends StepAction {
    PgId pgId();

    @Override
    default Optional<PgId> pg() {
        return Optional.of(pgId());
    }

    /**
     * Makes the failover of the protection group final, if the step {@code takeStepId} took it.
     *
     * @param takeStepId empty in a run of an earlier version, which takes no ownership: the group is paused, and the {@link ResumeReplication} that names
     *     the step undoes it
     */
    record StopReplication(PgId pgId, Optional<String> takeStepId) implements CommitAction {
        public StopReplication {
            takeStepId = takeStepId == null ? Optional.empty() : takeStepId;
        }

        @Override
        public String kind() {
            return "STOP_REPLICATION";
        }

        @Override
        public boolean commits() {
            return true;
        }
    }

    /** Makes the session's view the volumes' state for good. There is no undo: that is its purpose. */
    record CommitSession(PgId pgId, String openStepId) implements CommitAction {
        @Override
        public String kind() {
            return "COMMIT_SESSION";
        }

        @Override
        public boolean commits() {
            return true;
        }
    }

    /** Resumes the protection group if the step {@code stopStepId} has paused it. Only in runs of earlier versions. */
    record ResumeReplication(PgId pgId, String stopStepId) implements CommitAction {
        @Override
        public String kind() {
            return "RESUME_REPLICATION";
        }

        @Override
        public boolean undoes() {
            return true;
        }
    }
}
