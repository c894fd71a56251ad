package io.holdfast.journalstore.ageing;

import io.holdfast.kernel.Lsn;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Who needs which LSN. The one place where opening a point and moving the tail meet, so neither can overtake the other
 * (invariant 3). Safe for any number of threads.
 */
public final class Leases {
    private final TreeMap<Long, Integer> holders = new TreeMap<>();
    private long tail;

    public Leases(Lsn tail) {
        this.tail = tail.value();
    }

    /** The right to read as of an LSN, until closed. Closing again does nothing. */
    public final class Lease implements AutoCloseable {
        private final long lsn;
        private boolean closed;

        private Lease(long lsn) {
            this.lsn = lsn;
        }

        public Lsn lsn() {
            return Lsn.of(lsn);
        }

        @Override
        public void close() {
            synchronized (Leases.this) {
                if (!closed) {
                    closed = true;
                    holders.computeIfPresent(lsn, (_, count) -> count == 1 ? null : count - 1);
                }
            }
        }
    }

    /** A lease, or empty when the tail has passed the LSN. */
    public synchronized Optional<Lease> take(Lsn lsn) {
        if (lsn.value() < tail) {
            return Optional.empty();
        }
        holders.merge(lsn.value(), 1, Integer::sum);
        return Optional.of(new Lease(lsn.value()));
    }

    public synchronized Optional<Lsn> lowest() {
        return holders.isEmpty() ? Optional.empty() : Optional.of(Lsn.of(holders.firstKey()));
    }

    public synchronized int count() {
        return holders.values().stream().mapToInt(Integer::intValue).sum();
    }

    public synchronized Lsn tail() {
        return Lsn.of(tail);
    }

    /**
     * As {@link #moveTail}, but all the way or not at all.
     *
     * @return the oldest LSN that somebody else uses, if that is before {@code wanted}, and the tail is as before
     */
    public synchronized Optional<Lsn> moveTailTo(Lsn wanted) {
        if (!holders.isEmpty() && holders.firstKey() < wanted.value()) {
            return Optional.of(Lsn.of(holders.firstKey()));
        }
        tail = Math.max(tail, wanted.value());
        return Optional.empty();
    }

    /**
     * Promises that nothing before {@code wanted} will be opened any more.
     *
     * @return the tail now: {@code wanted}, or less when a lease was taken meanwhile; never before the present tail
     */
    public synchronized Lsn moveTail(Lsn wanted) {
        long to = holders.isEmpty() ? wanted.value() : Math.min(wanted.value(), holders.firstKey());
        tail = Math.max(tail, to);
        return Lsn.of(tail);
    }
}
