package io.holdfast.inventory.vm;

import io.holdfast.kernel.id.CommandId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether the agent of the VM's host serves its disks.
 *
 * <pre>
 *            reported                        not reported
 * Requested ────────────────► Attached ◄───────────────► Missing
 *     │ refused, expired       │   ▲        reported        │
 *     ▼                 detach │   │ refused, expired       │ removed
 * Rejected ──reported──►       ▼   │                        ▼
 *     │ removed             Detaching ──ok, or not reported──► (gone)
 *     └──────────────────────────────────────────────────────► (gone)
 * </pre>
 *
 * <p>What the agent reports outranks what became of a command: the report is what is.
 */
public sealed interface Attachment {
    /** Since when; of a state that an agent caused, the router's time of the event. */
    Instant since();

    /** AttachVm is on its way. */
    record Requested(CommandId command, Instant since, Instant expiresAt) implements Attachment {
        public Requested {
            Objects.requireNonNull(command, "command");
        }
    }

    /** @param lastFailure why the last detach did not work; empty = none was tried since */
    record Attached(Instant since, Optional<Failure> lastFailure) implements Attachment {}

    /** The agent, or the router for it, refused. */
    record Rejected(Instant since, Failure failure) implements Attachment {}

    /** It was attached and the agent's newest report does not have it. */
    record Missing(Instant since) implements Attachment {}

    /** DetachVm is on its way. */
    record Detaching(CommandId command, Instant since, Instant expiresAt) implements Attachment {
        public Detaching {
            Objects.requireNonNull(command, "command");
        }
    }

    /** Stable code and a sentence. */
    record Failure(String code, String reason) {
        public static final String COMMAND_EXPIRED = "COMMAND_EXPIRED";

        public Failure {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(reason, "reason");
        }
    }
}
