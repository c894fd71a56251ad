package io.holdfast.inventory.vm;

import java.util.Objects;

/** Whether a volume can be protected, and if not, why (F7): per disk, never for a whole host. */
public sealed interface Verdict {
    record Protectable() implements Verdict {}

    /**
     * @param code stable: the agent's (BACKING_MISSING, SIZE_NOT_ALIGNED, IN_USE_ELSEWHERE), or one of the constants here
     * @param reason one sentence
     */
    record NotProtectable(String code, String reason) implements Verdict {
        public NotProtectable {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(reason, "reason");
        }
    }

    Verdict PROTECTABLE = new Protectable();
    Verdict NOT_REPORTED_YET = new NotProtectable("NOT_REPORTED_YET", "The agent has not reported this volume yet.");
    Verdict VOLUME_MISSING =
            new NotProtectable("VOLUME_MISSING", "The agent reports the VM and does not report this volume any more.");
    Verdict VM_MISSING = new NotProtectable("VM_MISSING", "The agent does not report this VM any more.");
}
