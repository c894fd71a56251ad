package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.TapCapture;
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
    /** Most hashes of one question: 32 KiB of them, for 64 MiB by regions, for 4 MiB by blocks. */
    static final int WINDOW_HASHES = 1024;
    /** Most windows that are asked for or kept. */
    static final int WINDOWS = 8;
    /** A gap of so many hashes that nobody needs does not end a window: hashing costs less than another question. */
    private static final int GAP_HASHES = 16;

    /** How far ahead of the copier to look for something to ask: bounds the time of one look. */
    private static final int LOOK_AHEAD_REGIONS = WINDOWS * WINDOW_HASHES;

    private static final long REPLY_LIMIT_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long FIRST_BACKOFF_NANOS = Duration.ofMillis(100).toNanos();
    private static final long MOST_BACKOFF_NANOS = Duration.ofSeconds(5).toNanos();

    private static final System.Logger LOG = System.getLogger(Comparison.class.getName());

    private final SyncBase base;
    private final PgId pg;
    private final Volume volume;
    private final HashWindow.Grain grain;
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

    /** @param grain what one hash is to stand for */
    Comparison(SyncBase base, PgId pg, Volume volume, HashWindow.Grain grain, CopyTools tools) {
        this.base = base;
        this.pg = pg;
        this.volume = volume;
        this.grain = grain;
        this.hashes = tools.hashes();
        this.nanoClock = tools.nanoClock();
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

    /**
     * Takes in what was answered, and asks for what comes next. The copier stands at {@code cursor}.
     *
     * @param wanted tells of a dirty region whether it is to be compared by this
     */
    void advance(int cursor, IntPredicate wanted) {
        RegionSet dirty = volume.dirty();
        windows.removeIf(asked -> isPassed(asked, dirty, wanted));
        takeFailures();
        if (!givenUp) {
            askAhead(cursor, dirty, wanted);
        }
    }

    /** A window in which nobody wants anything any more: the copier has passed it. */
    private boolean isPassed(Asked asked, RegionSet dirty, IntPredicate wanted) {
        int next = dirty.next(asked.first);
        while (next >= 0 && next < asked.end) {
            if (wanted.test(next)) {
                return false;
            }
            next = dirty.next(next + 1);
        }
        hashes.forget(asked.id);
        return true;
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
                    "A sync goes on without comparing by %s; volume=%s group=%s: %s"
                            .formatted(grain, volume.id(), pg, why));
            close();
        }
    }

    private void askAhead(int cursor, RegionSet dirty, IntPredicate wanted) {
        if (failing && nanoClock.getAsLong() - askAgainAtNanos < 0) {
            return;
        }
        // After a failure one question tests the way before more follow.
        int most = failing ? 1 : WINDOWS;
        int at = cursor;
        while (windows.size() < most) {
            int first = nextUnasked(dirty, wanted, at, cursor + LOOK_AHEAD_REGIONS);
            if (first < 0) {
                return;
            }
            int end = endOfWindow(dirty, wanted, first);
            if (!ask(first, end)) {
                return;
            }
            at = end;
        }
    }

    private int nextUnasked(RegionSet dirty, IntPredicate wanted, int from, int limit) {
        int region = dirty.next(from);
        while (region >= 0 && region < limit) {
            Asked asked = windowAt(region);
            if (asked != null) {
                region = dirty.next(asked.end);
            } else if (!wanted.test(region)) {
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

    private int endOfWindow(RegionSet dirty, IntPredicate wanted, int first) {
        int hashesPerRegion = RegionSet.SYNC_REGION_BYTES / grain.bytes();
        int limit = Math.min(dirty.regionCount(), first + WINDOW_HASHES / hashesPerRegion);
        int gap = GAP_HASHES / hashesPerRegion;
        int end = first + 1;
        for (int region = end; region < limit && region - end <= gap && windowAt(region) == null; region++) {
            if (dirty.contains(region) && wanted.test(region)) {
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
        int answerBytes = grain.hashesOf(length);
        // Blocks are asked for where a region is known or found to differ: only their hashes help there.
        Optional<TapCapture> capture = grain == HashWindow.Grain.REGION ? volume.capture() : Optional.empty();
        String captureId = capture.map(TapCapture::id).orElse("");
        asked.id = hashes.ask(
                id -> new HashQuestion(id, pg, base, volume.id(), offset, length, grain.bytes(), captureId),
                (errorCode, found) -> asked.answer = answerOf(first, answerBytes, capture, errorCode, found));
        if (asked.id == 0) {
            return false;
        }
        windows.add(asked);
        return true;
    }

    private Answer answerOf(int first, int wanted, Optional<TapCapture> capture, String errorCode, byte[] found) {
        if (!errorCode.isEmpty()) {
            return new Answer(errorCode, null);
        }
        return found.length == wanted
                ? new Answer("", new HashWindow(first, grain, found, capture))
                : new Answer("a reply of %d instead of %d bytes".formatted(found.length, wanted), null);
    }

    /** The sync is over, or another. */
    void close() {
        windows.forEach(asked -> hashes.forget(asked.id));
        windows.clear();
    }
}
