package io.holdfast.replicationrouter.stream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.PgId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What is known of streams beyond one session: the newest position that this router has in Kafka, and the newest epoch
 * that the journal reports.
 *
 * <p>It is a memory, not a state: a router that starts with none accepts what the agent says, and the journal still refuses a
 * gap. With it, an agent that comes back without records that Kafka never got, or with an epoch from the past (its state
 * was restored from a copy), is told at once. Bounded by the streams of known groups: callers forget the others.
 * Not thread-safe.
 */
public final class Continuity {
    private final Map<StreamId, StreamPosition> confirmed = new HashMap<>();
    private final Map<StreamId, Epoch> journalEpochs = new HashMap<>();
    private final Map<StreamId, Epoch> resets = new HashMap<>();

    /** The stream is in Kafka up to here. Positions only move forward. */
    public void confirmed(StreamId stream, StreamPosition position) {
        confirmed.merge(stream, position, (a, b) -> a.compareTo(b) >= 0 ? a : b);
    }

    public Optional<StreamPosition> confirmed(StreamId stream) {
        return Optional.ofNullable(confirmed.get(stream));
    }

    /** The journal has applied records of this epoch. */
    public void journalHas(StreamId stream, Epoch epoch) {
        journalEpochs.merge(stream, epoch, (a, b) -> a.isAfter(b) ? a : b);
    }

    /**
     * Where a stream goes on in a new session.
     *
     * @param epoch as in Hello; {@link Epoch#NONE} when the agent has no epoch yet
     * @param next the first seq that the agent will send
     */
    public StreamCursor resume(StreamId stream, Epoch epoch, Seq next) {
        Epoch newest = newestEpoch(stream);
        if (newest.isAfter(epoch)) {
            return new StreamCursor.Broken(newest);
        }
        if (epoch.equals(Epoch.NONE)) {
            return new StreamCursor.Fresh();
        }
        if (next.equals(Seq.NONE)) {
            return new StreamCursor.Broken(epoch);
        }
        StreamPosition known = confirmed.get(stream);
        // The agent frees a record only when this router has acknowledged it, so its next seq is at most one past that.
        boolean skips = known != null
                && known.epoch().equals(epoch)
                && next.compareTo(known.seq().next()) > 0;
        return skips ? new StreamCursor.Broken(epoch) : new StreamCursor.Following(epoch, next);
    }

    /**
     * Whether the journal's wish for a new epoch is news: it is about an epoch that is still in use, and it was not
     * passed on before. Journals repeat the wish with every status.
     *
     * @param current the stream's epoch now, by the session
     */
    public boolean shouldReset(StreamId stream, Epoch current, Epoch useless) {
        if (current.isAfter(useless)) {
            return false;
        }
        Epoch before = resets.get(stream);
        if (before != null && !useless.isAfter(before)) {
            return false;
        }
        resets.put(stream, useless);
        return true;
    }

    /** A new session may have missed the frame: resets are sent once per epoch and session. */
    public void forgetResets(Predicate<StreamId> streams) {
        resets.keySet().removeIf(streams);
    }

    /** Another router may write these groups from now on, so what this one remembers is worth nothing. */
    public void forget(Set<PgId> groups) {
        confirmed.keySet().removeIf(stream -> groups.contains(stream.pg()));
        journalEpochs.keySet().removeIf(stream -> groups.contains(stream.pg()));
        resets.keySet().removeIf(stream -> groups.contains(stream.pg()));
    }

    private Epoch newestEpoch(StreamId stream) {
        StreamPosition known = confirmed.get(stream);
        Epoch here = known == null ? Epoch.NONE : known.epoch();
        Epoch journal = journalEpochs.getOrDefault(stream, Epoch.NONE);
        return journal.isAfter(here) ? journal : here;
    }
}
