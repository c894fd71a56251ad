package io.holdfast.protectiongroup.dataplane;

import io.holdfast.kernel.id.AgentId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * All that the data plane last said about a group, and how long it may be believed.
 *
 * @param journal empty when the journal never spoke
 * @param streams by agent; only agents that a router spoke about
 */
public record DataPlane(
        Optional<JournalWord> journal, Map<AgentId, StreamWord> streams, TestHistory tests, Belief belief) {

    /**
     * @param silence older words are not believed; larger hides a dead link for longer, smaller turns a slow poll into
     *     unknown
     * @param clockTolerance by how much clocks of two machines may differ before a word counts as old on arrival
     */
    public record Belief(Duration silence, Duration clockTolerance) {
        public Belief {
            if (silence.isNegative() || silence.isZero() || clockTolerance.isNegative()) {
                throw new IllegalArgumentException("silence is more than zero and the tolerance not negative");
            }
        }
    }

    public DataPlane {
        Objects.requireNonNull(journal, "journal");
        streams = Map.copyOf(streams);
        Objects.requireNonNull(tests, "tests");
        Objects.requireNonNull(belief, "belief");
    }

    public static DataPlane silent(Belief belief) {
        return new DataPlane(Optional.empty(), Map.of(), TestHistory.NONE, belief);
    }

    /** The journal's word, if it is recent enough to act on. */
    public Optional<JournalWord> freshJournal(Instant now) {
        return journal.filter(word -> word.age(now, belief.clockTolerance()).compareTo(belief.silence()) <= 0);
    }

    /** A stream's word, if it is recent enough to act on. "Not connected" is said once and stays true until taken back. */
    public Optional<StreamWord> freshStream(AgentId agent, Instant now) {
        return Optional.ofNullable(streams.get(agent))
                .filter(word -> !word.connected()
                        || word.age(now, belief.clockTolerance()).compareTo(belief.silence()) <= 0);
    }

    /**
     * By how much our clock is behind the data plane's for certain: a word cannot be read before it was said. Zero when there
     * is no such evidence.
     */
    public Duration clockBehind() {
        Duration behind = Duration.ZERO;
        for (StreamWord word : streams.values()) {
            behind = max(behind, Duration.between(word.receivedAt(), word.observedAt()));
        }
        if (journal.isPresent()) {
            behind = max(
                    behind,
                    Duration.between(journal.get().receivedAt(), journal.get().at()));
        }
        return behind;
    }

    private static Duration max(Duration left, Duration right) {
        return left.compareTo(right) >= 0 ? left : right;
    }
}
