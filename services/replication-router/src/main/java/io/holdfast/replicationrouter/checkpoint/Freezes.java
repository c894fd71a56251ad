package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.StreamId;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of the guests of one APP cut: who is frozen, who has thawed, what went wrong. A cut of another kind asks for none, and has nothing to
 * wait for. Once something went wrong the cut goes on as CRASH and waits for no guest any more.
 */
final class Freezes {
    private final Set<StreamId> notFrozen;
    private final Set<StreamId> notThawed;
    private Optional<AppFailure> failure = Optional.empty();
    private boolean thawOrdered;
    private long longestMicros;

    private Freezes(Set<StreamId> streams) {
        notFrozen = new HashSet<>(streams);
        notThawed = new HashSet<>(streams);
    }

    static Freezes none() {
        return new Freezes(Set.of());
    }

    static Freezes of(Set<StreamId> streams) {
        return new Freezes(streams);
    }

    void frozen(StreamId stream) {
        notFrozen.remove(stream);
    }

    boolean allFrozen() {
        return notFrozen.isEmpty();
    }

    /** The first failure is the one that counts. */
    void fail(String code, String message) {
        if (failure.isEmpty()) {
            failure = Optional.of(new AppFailure(code, message));
        }
    }

    /** Whether Thaw is to be sent now: once, and only when guests were asked to freeze. */
    boolean orderThaw() {
        boolean due = !thawOrdered && !notThawed.isEmpty();
        thawOrdered |= due;
        return due;
    }

    void thawed(StreamId stream, boolean expired, long frozenMicros) {
        longestMicros = Math.max(longestMicros, frozenMicros);
        if (notThawed.remove(stream) && (expired || !thawOrdered)) {
            fail(AppFailure.FREEZE_EXPIRED, "a guest on agent %s thawed before the marker".formatted(stream.agent()));
        }
    }

    boolean awaitsThaw(StreamId stream) {
        return failure.isEmpty() && notThawed.contains(stream);
    }

    /** Whether the record has nothing to wait for here. */
    boolean settled() {
        return failure.isPresent() || notThawed.isEmpty();
    }

    Optional<AppFailure> failure() {
        return failure;
    }

    long longestMicros() {
        return longestMicros;
    }
}
