package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.rocksdb.RocksIterator;

/** From a point as a user names it to an LSN with a lease. A few point lookups, whatever the size of the journal. */
final class PointResolver {
    private final JournalDb db;
    private final CheckpointTable checkpoints;
    private final Leases leases;
    private final Optional<Fork> fork;

    PointResolver(JournalDb db, CheckpointTable checkpoints, Leases leases, Optional<Fork> fork) {
        this.fork = fork;
        this.db = db;
        this.checkpoints = checkpoints;
        this.leases = leases;
    }

    /** @throws HoldfastException when the point is unknown, expired, not reached or not consistent */
    OpenPoint open(Point point, JournalSnapshot now) {
        if (point instanceof Point.OnBranch(var name, var inner)) {
            Fork branch = fork.filter(one -> one.retained() && one.branch().equals(name))
                    .orElseThrow(() -> new HoldfastException(
                            JournalError.BRANCH_NOT_FOUND, "the journal has no branch '%s'".formatted(name)));
            return open(
                    inner, now, new Span(branch.from().value(), branch.to().value(), "branch '%s'".formatted(name)));
        }
        return open(
                point, now, new Span(fork.map(one -> one.to().value() + 1).orElse(0L), Long.MAX_VALUE, "the journal"));
    }

    /** The LSNs of one lineage's points, both ends included. */
    private record Span(long from, long to, String name) {
        boolean has(Lsn lsn) {
            return lsn.value() >= from && lsn.value() <= to;
        }

        /** What was written last, where an instant is one of a later lineage. */
        Lsn notAfterEnd(Lsn lsn) {
            return lsn.value() > to ? Lsn.of(to) : lsn;
        }
    }

    private OpenPoint open(Point point, JournalSnapshot now, Span span) {
        return switch (point) {
            case Point.AtCheckpoint(var id) -> atCheckpoint(checkpoints.require(id), now, span);
            case Point.Latest _ ->
                atCheckpoint(
                        checkpoints
                                .newest(span.from, span.to)
                                .orElseThrow(() -> new HoldfastException(
                                        JournalError.CHECKPOINT_NOT_FOUND,
                                        "%s has no checkpoint yet".formatted(span.name))),
                        now,
                        span);
            case Point.AtLsn(var lsn) -> at(lsn, now, Optional.empty(), JournalError.LSN_EXPIRED, span);
            case Point.AtInstant(var instant) ->
                at(span.notAfterEnd(lsnAt(instant)), now, Optional.empty(), JournalError.LSN_EXPIRED, span);
            case Point.OnBranch _ ->
                throw new HoldfastException(JournalError.POINT_MALFORMED, "a branch has no branches");
        };
    }

    private OpenPoint atCheckpoint(Checkpoint checkpoint, JournalSnapshot now, Span span) {
        return at(checkpoint.lsn(), now, Optional.of(checkpoint), JournalError.CHECKPOINT_EXPIRED, span);
    }

    private OpenPoint at(Lsn lsn, JournalSnapshot now, Optional<Checkpoint> checkpoint, ErrorCode expired, Span span) {
        if (lsn.isAfter(now.head())) {
            throw new HoldfastException(
                    JournalError.LSN_NOT_REACHED,
                    "LSN %s is not reached yet; the journal's head is %s".formatted(lsn, now.head()));
        }
        if (!span.has(lsn) && !leases.tail().isAfter(lsn)) {
            throw new HoldfastException(
                    JournalError.POINT_ON_BRANCH,
                    fork.filter(Fork::retained)
                            .map(one -> "LSN %s is not in %s; LSN %s to %s are on branch '%s'"
                                    .formatted(lsn, span.name, one.from(), one.to(), one.branch()))
                            .orElse("LSN %s belongs to a branch that was released".formatted(lsn)));
        }
        Leases.Lease lease = leases.take(lsn)
                .orElseThrow(() -> new HoldfastException(
                        expired,
                        "%s has left the history, which begins at LSN %s"
                                .formatted(
                                        checkpoint
                                                .map(known -> "checkpoint " + known.id())
                                                .orElse("LSN " + lsn),
                                        leases.tail())));
        try {
            requireConsistent(lsn);
            return OpenPoint.ofHistory(lease, checkpoint, now.volumesAt(lsn));
        } catch (RuntimeException refused) {
            lease.close();
            throw refused;
        }
    }

    private void requireConsistent(Lsn lsn) {
        try (RocksIterator at = db.iterate(db.meta())) {
            at.seekForPrev(Layout.rangeKey(lsn.value()));
            boolean inside = at.isValid()
                    && at.key().length == 9
                    && at.key()[0] == 'r'
                    && ByteBuffer.wrap(at.value()).getLong() >= lsn.value();
            JournalDb.requireSound(at);
            if (!inside) {
                throw new HoldfastException(
                        JournalError.NOT_CONSISTENT,
                        "LSN %s lies inside a sync, where the disks are a mixture of two instants; choose a checkpoint"
                                .formatted(lsn));
            }
        }
    }

    /** The newest LSN of {@code time} at or before the instant. */
    Lsn lsnAt(Instant instant) {
        return newestAt(instant)
                .orElseThrow(() -> new HoldfastException(
                        JournalError.LSN_EXPIRED, "the history has nothing as old as %s".formatted(instant)));
    }

    Optional<Lsn> newestAt(Instant instant) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, instant);
        if (micros < 0) {
            return Optional.empty();
        }
        try (RocksIterator at = db.iterate(db.time())) {
            at.seekForPrev(Layout.longKey(micros));
            JournalDb.requireSound(at);
            return at.isValid() ? Optional.of(Lsn.of(ByteBuffer.wrap(at.value()).getLong())) : Optional.empty();
        }
    }
}
