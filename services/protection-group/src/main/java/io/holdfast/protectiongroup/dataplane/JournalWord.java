package io.holdfast.protectiongroup.dataplane;

import io.holdfast.kernel.id.CheckpointId;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * The last that the journal of a group said about itself.
 *
 * @param at the journal's clock when it said so
 * @param receivedAt our clock when it was read
 * @param room how much it holds and may hold
 */
public record JournalWord(
        String journalStoreId,
        Instant at,
        Instant receivedAt,
        State state,
        String stateCode,
        String stateMessage,
        Room room,
        long checkpointCount,
        Optional<Cut> newest,
        Optional<Instant> oldestCutAt,
        int volumesInSync,
        int volumeCount) {

    /**
     * How far back an event's own clock may lie and still count as overtaken by a later one. Beyond it the writer's clock was
     * set back, and the order in the topic decides.
     */
    public static final Duration REORDER_WINDOW = Duration.ofSeconds(60);

    public JournalWord {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(receivedAt, "receivedAt");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(room, "room");
        Objects.requireNonNull(newest, "newest");
        Objects.requireNonNull(oldestCutAt, "oldestCutAt");
    }

    public enum State {
        APPLYING,
        GAP,
        NO_SPACE,
        DAMAGED
    }

    /**
     * The room of the history.
     *
     * @param limitBytes 0 = none
     * @param fullAt when it will be used up at the rate of the last hour; empty = not within the history window, or not known
     */
    public record Room(long sizeBytes, long limitBytes, Optional<Instant> fullAt) {
        private static final double NEARLY_FULL = 0.75;

        public Room {
            Objects.requireNonNull(fullAt, "fullAt");
        }

        /** More than three quarters of the limit are used. */
        public boolean isNearlyFull() {
            return limitBytes > 0 && sizeBytes >= limitBytes * NEARLY_FULL;
        }
    }

    /** A recoverable checkpoint and the router's clock when it was cut. */
    public record Cut(CheckpointId checkpoint, Instant cutAt) {}

    /**
     * Whether a later record of the topic, said at {@code otherAt}, was in truth said before this one. Two journal-stores may
     * write for a group for a moment while its partition changes hands.
     */
    public boolean overtakes(Instant otherAt) {
        return otherAt.isBefore(at) && !otherAt.isBefore(at.minus(REORDER_WINDOW));
    }

    /**
     * What is believed after one more status was read. An overtaken one is dropped, or a checkpoint that is gone would come
     * back; one that is read twice keeps the time of its first reading, or a repeated word would look like a living journal.
     */
    public static JournalWord after(Optional<JournalWord> held, JournalWord read) {
        return held.filter(word -> word.overtakes(read.at()) || word.at().equals(read.at()))
                .orElse(read);
    }

    /**
     * The journal listed a checkpoint. The status that follows says so too; this only is sooner. A checkpoint that is older
     * than the newest known one changes nothing.
     */
    public JournalWord listed(Cut cut, Instant saidAt, Instant readAt) {
        if (overtakes(saidAt)
                || newest.isPresent() && !cut.cutAt().isAfter(newest.get().cutAt())) {
            return this;
        }
        return new JournalWord(
                journalStoreId,
                saidAt,
                readAt,
                state,
                stateCode,
                stateMessage,
                room,
                checkpointCount + 1,
                Optional.of(cut),
                oldestCutAt.or(() -> Optional.of(cut.cutAt())),
                volumesInSync,
                volumeCount);
    }

    /**
     * Age of this word, never lower than the true one as long as clocks differ by at most {@code clockTolerance}: the time
     * since it was read, or since it was said when that is longer (a backlog after a stop).
     */
    public Duration age(Instant now, Duration clockTolerance) {
        Duration sinceRead = Duration.between(receivedAt, now);
        Duration sinceSaid = Duration.between(at, now).minus(clockTolerance);
        return sinceRead.compareTo(sinceSaid) >= 0 ? sinceRead : sinceSaid;
    }
}
