package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.stream.SyncBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;

/**
 * One sync's view of what the replica holds: asks for hashes ahead of the copier, keeps the answers until the copier has passed them, asks again
 * what was not answered, and gives up when that leads to nothing. It never decides that anything is equal; {@link VolumeCopier} does, with the
 * range locked (docs/sync-states.md, "Comparing").
 *
 * <p>Threads: the copier's only. Answers arrive in the windows from other threads.
 */
final class Comparison {
    /** Most regions of one question: 64 MiB, whose hashes are 32 KiB. */
    static final int WINDOW_REGIONS = 1024;
    /** Most windows that are asked for or kept. */
    static final int WINDOWS = 8;
    /** A gap of so many clean regions does not end a window: hashing them costs less than another question. */
    private static final int GAP_REGIONS = 16;

    /** How far ahead of the copier to look for something to ask: bounds the time of one look. */
    private static final int LOOK_AHEAD_REGIONS = WINDOWS * WINDOW_REGIONS;

    private static final long REPLY_LIMIT_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long FIRST_BACKOFF_NANOS = Duration.ofMillis(100).toNanos();
    private static final long MOST_BACKOFF_NANOS = Duration.ofSeconds(5).toNanos();

    private static final System.Logger LOG = System.getLogger(Comparison.class.getName());

    private final SyncBase base;
    private final PgId pg;
    private final Volume volume;
    private final ReplicaHashes hashes;
    private final LongSupplier nanoClock;
    private final List<Asked> windows = new ArrayList<>();
    private boolean givenUp;
    private boolean failing;
    private long failingSinceNanos;
    private long backoffNanos = FIRST_BACKOFF_NANOS;
    private long askAgainAtNanos;

    /** A window that is asked for or answered. */
    private static final class Asked {
        final int first;
        final int end;
        final long askedAtNanos;
        long id;
        volatile Answer answer;

        Asked(int first, int end, long askedAtNanos) {
            this.first = first;
            this.end = end;
            this.askedAtNanos = askedAtNanos;
        }

        boolean covers(int region) {
            return region >= first && region < end;
        }
    }

    /** @param window null when there is an error, or when the hashes are not as many as asked for */
    private record Answer(String errorCode, HashWindow window) {}

    Comparison(SyncBase base, PgId pg, Volume volume, ReplicaHashes hashes, LongSupplier nanoClock) {
        this.base = base;
        this.pg = pg;
        this.volume = volume;
        this.hashes = hashes;
        this.nanoClock = nanoClock;
    }

    SyncBase base() {
        return base;
    }

    /** Nothing more will be answered: what is dirty is to be sent. */
    boolean isGivenUp() {
        return givenUp;
    }

    /** The answer that covers the region, if it is here. */
    Optional<HashWindow> windowOf(int region) {
        for (Asked asked : windows) {
            Answer answer = asked.answer;
            if (asked.covers(region) && answer != null && answer.window() != null) {
                return Optional.of(answer.window());
            }
        }
        return Optional.empty();
    }

    /** Takes in what was answered, and asks for what comes next. The copier stands at {@code cursor}. */
    void advance(int cursor, IntPredicate untouched) {
        RegionSet dirty = volume.dirty();
        windows.removeIf(asked -> isPassed(asked, dirty));
        takeFailures();
        if (!givenUp) {
            askAhead(cursor, dirty, untouched);
        }
    }

    /** A window in which nothing is dirty any more: the copier has passed it. */
    private boolean isPassed(Asked asked, RegionSet dirty) {
        int next = dirty.next(asked.first);
        boolean passed = next < 0 || next >= asked.end;
        if (passed) {
            hashes.forget(asked.id);
        }
        return passed;
    }

    private void takeFailures() {
        long now = nanoClock.getAsLong();
        boolean failed = false;
        for (Asked asked : List.copyOf(windows)) {
            Answer answer = asked.answer;
            if (answer == null) {
                if (now - asked.askedAtNanos > REPLY_LIMIT_NANOS) {
                    hashes.forget(asked.id);
                    windows.remove(asked);
                    failed = true;
                }
            } else if (answer.window() != null) {
                failing = false;
                backoffNanos = FIRST_BACKOFF_NANOS;
            } else {
                windows.remove(asked);
                switch (answer.errorCode()) {
                    case ReplicaHashes.SESSION_ENDED -> {
                        // Says nothing about the replica.
                    }
                    case "NOT_APPLIED_YET", "JOURNAL_UNAVAILABLE", "TOO_MANY_REQUESTS" -> failed = true;
                    default -> giveUp("the journal said " + answer.errorCode());
                }
            }
        }
        if (failed) {
            fail(now);
        }
    }

    private void fail(long now) {
        if (!failing) {
            failing = true;
            failingSinceNanos = now;
        }
        askAgainAtNanos = now + backoffNanos;
        backoffNanos = Math.min(MOST_BACKOFF_NANOS, 2 * backoffNanos);
        if (now - failingSinceNanos > PATIENCE_NANOS) {
            giveUp("no good reply for " + Duration.ofNanos(PATIENCE_NANOS));
        }
    }

    private void giveUp(String why) {
        if (!givenUp) {
            givenUp = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A sync goes on without comparing and sends everything; volume=" + volume.id() + " group=" + pg
                            + ": " + why);
            close();
        }
    }

    private void askAhead(int cursor, RegionSet dirty, IntPredicate untouched) {
        if (failing && nanoClock.getAsLong() - askAgainAtNanos < 0) {
            return;
        }
        // After a failure one question tests the way before more follow.
        int most = failing ? 1 : WINDOWS;
        int at = cursor;
        while (windows.size() < most) {
            int first = nextUnasked(dirty, untouched, at, cursor + LOOK_AHEAD_REGIONS);
            if (first < 0) {
                return;
            }
            int end = endOfWindow(dirty, untouched, first);
            if (!ask(first, end)) {
                return;
            }
            at = end;
        }
    }

    private int nextUnasked(RegionSet dirty, IntPredicate untouched, int from, int limit) {
        int region = dirty.next(from);
        while (region >= 0 && region < limit) {
            Asked asked = windowAt(region);
            if (asked != null) {
                region = dirty.next(asked.end);
            } else if (!untouched.test(region)) {
                region = dirty.next(region + 1);
            } else {
                return region;
            }
        }
        return -1;
    }

    private Asked windowAt(int region) {
        for (Asked asked : windows) {
            if (asked.covers(region)) {
                return asked;
            }
        }
        return null;
    }

    private int endOfWindow(RegionSet dirty, IntPredicate untouched, int first) {
        int limit = Math.min(dirty.regionCount(), first + WINDOW_REGIONS);
        int end = first + 1;
        for (int region = end; region < limit && region - end <= GAP_REGIONS && windowAt(region) == null; region++) {
            if (dirty.contains(region) && untouched.test(region)) {
                end = region + 1;
            }
        }
        return end;
    }

    private boolean ask(int first, int end) {
        RegionSet dirty = volume.dirty();
        long offset = dirty.offsetOf(first);
        long length = dirty.endOf(end - 1) - offset;
        Asked asked = new Asked(first, end, nanoClock.getAsLong());
        int wanted = HashWindow.bytesOf(end - first);
        asked.id = hashes.ask(
                id -> new HashQuestion(id, pg, base, volume.id(), offset, length, HashWindow.CHUNK_BYTES),
                (errorCode, found) -> asked.answer = answerOf(first, wanted, errorCode, found));
        if (asked.id == 0) {
            return false;
        }
        windows.add(asked);
        return true;
    }

    private static Answer answerOf(int first, int wanted, String errorCode, byte[] found) {
        if (!errorCode.isEmpty()) {
            return new Answer(errorCode, null);
        }
        return found.length == wanted
                ? new Answer("", new HashWindow(first, found))
                : new Answer("a reply of %d instead of %d bytes".formatted(found.length, wanted), null);
    }

    /** The sync is over, or another. */
    void close() {
        windows.forEach(asked -> hashes.forget(asked.id));
        windows.clear();
    }
}
