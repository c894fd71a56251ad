package io.holdfast.protectiongroup.dataplane;

import io.holdfast.kernel.id.RunId;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Recovery tests of a group.
 *
 * @param running runs that hold test copies of the group now
 * @param lastSuccessAt end of the newest run that showed recovery to work
 * @param lastFailureAt end of the newest run that failed
 */
public record TestHistory(List<RunId> running, Optional<Instant> lastSuccessAt, Optional<Instant> lastFailureAt) {
    public static final TestHistory NONE = new TestHistory(List.of(), Optional.empty(), Optional.empty());

    public TestHistory {
        running = List.copyOf(running);
        Objects.requireNonNull(lastSuccessAt, "lastSuccessAt");
        Objects.requireNonNull(lastFailureAt, "lastFailureAt");
    }

    public boolean lastOneFailed() {
        return lastFailureAt.isPresent()
                && (lastSuccessAt.isEmpty() || lastFailureAt.get().isAfter(lastSuccessAt.get()));
    }
}
