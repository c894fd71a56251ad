package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;

/**
 * The steps of one ageing round, each repeatable; their order is in docs/journal-recovery.md. One thread per journal, while apply and readers
 * go on.
 */
final class AgeingRound {
    private static final long DELETES_PER_BATCH = 50_000;

    private final JournalDb db;
    private final Images images;
    private final KeptDisks kept;
    private final CheckpointTable checkpoints;
    private final Opened opened;
    private final Map<Long, List<Finding>> knownDamage;

    AgeingRound(Journal journal, Opened opened) {
        this.opened = opened;
        db = opened.db;
        images = journal.images();
        kept = journal.keptDisks();
        checkpoints = opened.checkpoints;
        knownDamage = journal.knownDamage();
    }

    /** What a span of changes counts against the size limit. */
    record Span(long lastLsn, long bytes) {}

    /** The longest run of changes behind {@code after}, up to {@code last}, of about {@code maxBytes}; at least one change. */
    Span measure(long after, long last, long maxBytes) {
        Span span = new Span(after, 0);
        while (span.lastLsn() < last && span.bytes() < maxBytes) {
            try {
                return measureSound(span, last, maxBytes);
            } catch (DamagedAt damaged) {
                // What nobody knows the blocks of stays in the history, and with it everything behind it.
                if (!knownDamage.containsKey(damaged.behind.lastLsn() + 1)) {
                    if (damaged.behind.lastLsn() == after) {
                        throw damaged.cause;
                    }
                    return damaged.behind;
                }
                span = new Span(damaged.behind.lastLsn() + 1, damaged.behind.bytes());
            }
        }
        return span;
    }

    /** Ends a measurement. */
    private static final class DamagedAt extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Span behind;
        private final transient HoldfastException cause;

        DamagedAt(Span behind, HoldfastException cause) {
            super(cause);
            this.behind = behind;
            this.cause = cause;
        }
    }

    private Span measureSound(Span from, long last, long maxBytes) throws DamagedAt {
        long lsn = from.lastLsn();
        long bytes = from.bytes();
        try (Slice bound = new Slice(Layout.changeKey(last + 1, 0));
                ReadOptions options = scanOptions(bound);
                RocksIterator at = db.rocks().newIterator(db.changes(), options)) {
            ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES);
            at.seek(Layout.changeKey(lsn + 1, 0));
            while (at.isValid() && bytes < maxBytes) {
                long next = ByteBuffer.wrap(at.key()).getLong();
                PartHeader header = headerOf(at, next, value);
                bytes += ApplyState.CHANGE_OVERHEAD_BYTES + (header.type() == PartHeader.DATA ? header.length() : 0);
                lsn = next;
                at.seek(Layout.changeKey(next + 1, 0));
            }
            JournalDb.requireSound(at);
            return new Span(lsn, bytes);
        } catch (HoldfastException failure) {
            if (failure.code() != JournalError.JOURNAL_DAMAGED) {
                throw failure;
            }
            throw new DamagedAt(new Span(lsn, bytes), failure);
        }
    }

    private void stageExpiry(WriteBatch batch, List<Checkpoint> expired) throws RocksDBException {
        for (Checkpoint checkpoint : expired) {
            checkpoints.stageExpiry(batch, checkpoint);
        }
        if (!expired.isEmpty()) {
            Set<Long> ordinals = expired.stream().map(Checkpoint::ordinal).collect(Collectors.toSet());
            checkpoints.machines().stageExpiry(batch, ordinals);
        }
    }

    /** Step 2: promises on disk that nothing before {@code tail} is opened; everything before it is durable afterwards. */
    AgeingPosition promise(AgeingPosition at, long tail, List<Checkpoint> expired) {
        try (WriteBatch batch = new WriteBatch()) {
            stageExpiry(batch, expired);
            stageRangesAndTimes(batch, tail);
            AgeingPosition next = at.withTail(tail, expired.size());
            batch.put(db.meta(), Layout.AGEING, next.encode());
            db.write(batch);
            db.flush();
            return next;
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("moving the tail", failure);
        }
    }

    /**
     * Says that the images are at {@code tail} without anything being written to them: what lies between belongs to a lineage that was given up. Durable.
     */
    AgeingPosition leaveOut(AgeingPosition at, long tail, List<Checkpoint> expired) {
        try (WriteBatch batch = new WriteBatch()) {
            stageExpiry(batch, expired);
            stageRangesAndTimes(batch, tail + 1);
            AgeingPosition next = at.withTail(tail, expired.size()).withImage(tail);
            batch.put(db.meta(), Layout.AGEING, next.encode());
            db.write(batch);
            db.flush();
            return next;
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("leaving a branch out of the history", failure);
        }
    }

    private void stageRangesAndTimes(WriteBatch batch, long tail) throws RocksDBException {
        try (RocksIterator at = db.iterate(db.meta())) {
            at.seek(Layout.rangeKey(0));
            while (at.isValid() && at.key().length == 9 && at.key()[0] == 'r') {
                if (ByteBuffer.wrap(at.value()).getLong() >= tail) {
                    break;
                }
                batch.delete(db.meta(), at.key());
                at.next();
            }
            JournalDb.requireSound(at);
        }
        // The newest time before the tail stays: it answers for instants between it and the first change behind the
        // tail.
        try (RocksIterator at = db.iterate(db.time())) {
            byte[] keep = null;
            at.seekToFirst();
            while (at.isValid() && ByteBuffer.wrap(at.value()).getLong() <= tail && batch.count() < DELETES_PER_BATCH) {
                if (keep != null) {
                    batch.delete(db.time(), keep);
                }
                keep = at.key();
                at.next();
            }
            JournalDb.requireSound(at);
        }
    }

    /**
     * Step 3: brings the images from {@code at.image} to {@code at.tail} and forces them.
     *
     * @return what was read, so that dropping it need not read it again
     */
    AgedSpan intoImages(AgeingPosition at, LongConsumer bytesDone) {
        kept.saveBefore(() -> readSpan(at.image(), at.tail()));
        AgedSpan span = new AgedSpan(at.image(), opened.anchor());
        try {
            new ChangeScan(db, knownDamage, true).read(at.image(), at.tail(), new IntoImages(images, span, bytesDone));
            images.force();
            return span.endingAt(at.tail());
        } catch (IOException failure) {
            throw StorageFailures.translate("writing the replica images", failure);
        }
    }

    /** Writes what is sound; what is not becomes blocks that nobody can read until they are written again. */
    private record IntoImages(Images images, AgedSpan span, LongConsumer bytesDone) implements ChangeScan.Visitor {
        @Override
        public void part(long lsn, int part, PartHeader header, ByteBuffer value) throws IOException {
            span.add(lsn, part, header, value);
            if (!header.isChange()) {
                return;
            }
            ReplicaImage image = images.of(header.volume());
            if (header.type() == PartHeader.DATA) {
                ByteBuffer payload = value.slice(PartHeader.BYTES, value.limit() - PartHeader.BYTES);
                long bytes = payload.remaining();
                image.write(header.offset() + (long) part * Layout.PART_BYTES, payload);
                bytesDone.accept(bytes);
            } else {
                image.zero(header.offset(), header.length());
                bytesDone.accept(0);
            }
        }

        @Override
        public void damagedPart(long lsn, int part, PartHeader header, ByteBuffer value) throws IOException {
            span.add(lsn, part, header, value);
            images.of(header.volume())
                    .poison(ChangeScan.blockOf(header, part), header.payloadOf(part) / Block.SIZE_BYTES);
            bytesDone.accept(0);
        }

        @Override
        public void lost(long lsn, List<Finding> blocks) throws IOException {
            for (Finding finding : blocks) {
                images.of(finding.volumeIndex()).poison(finding.block(), finding.blocks());
            }
            span.addLost(lsn, blocks);
            bytesDone.accept(0);
        }
    }

    /** Step 4: from here on the images answer for everything up to the tail. */
    AgeingPosition imagesDone(AgeingPosition at) {
        AgeingPosition next = at.withImage(at.tail());
        put(next);
        db.flush();
        return next;
    }

    /**
     * Step 5: deletes what the images answer for, in batches of bounded size. Only the last one moves {@code dropped} and the chain's anchor.
     *
     * @param known the changes behind {@code at.dropped}, if they were read before; else they are read now
     */
    AgeingPosition drop(AgeingPosition at, Optional<AgedSpan> known) {
        AgedSpan span = known.filter(read -> read.covers(at.dropped(), at.image()))
                .orElseGet(() -> readSpan(at.dropped(), at.image()));
        try (WriteBatch batch = new WriteBatch()) {
            ByteBuffer key = ByteBuffer.allocateDirect(Layout.INDEX_KEY_BYTES);
            for (int i = 0; i < span.changes(); i++) {
                stageIndexDeletes(batch, span, i, key);
                if (batch.count() >= DELETES_PER_BATCH) {
                    db.write(batch);
                    batch.clear();
                }
            }
            AgeingPosition next = at.withDropped(at.image(), span.bytes());
            batch.deleteRange(db.changes(), Layout.changeKey(at.dropped() + 1, 0), Layout.changeKey(at.image() + 1, 0));
            batch.put(db.meta(), Layout.AGEING, next.encode());
            batch.put(db.meta(), Layout.ANCHOR, anchorBehind(span, at.image()).encode());
            db.write(batch);
            return next;
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("dropping aged changes", failure);
        }
    }

    private AgedSpan readSpan(long after, long last) {
        AgedSpan span = new AgedSpan(after, opened.anchor());
        try {
            new ChangeScan(db, knownDamage, false).read(after, last, new ChangeScan.Visitor() {
                @Override
                public void part(long lsn, int part, PartHeader header, ByteBuffer value) {
                    span.add(lsn, part, header, value);
                }

                @Override
                public void damagedPart(long lsn, int part, PartHeader header, ByteBuffer value) {
                    span.add(lsn, part, header, value);
                }

                @Override
                public void lost(long lsn, List<Finding> blocks) {
                    span.addLost(lsn, blocks);
                }
            });
            return span.endingAt(last);
        } catch (IOException failure) {
            throw StorageFailures.translate("reading aged changes", failure);
        }
    }

    /** Where the chain goes on when a change of the span could not be chained: the next digest that is stored. */
    private ChainPlace anchorBehind(AgedSpan span, long lsn) {
        if (span.isChained()) {
            return span.place();
        }
        for (long from = 0; ; ) {
            List<Checkpoint> some = checkpoints.from(from, 500);
            for (Checkpoint checkpoint : some) {
                if (checkpoint.lsn().value() >= lsn && checkpoint.digest().isPresent()) {
                    return new ChainPlace(
                            checkpoint.lsn().value(), checkpoint.digest().get());
                }
                from = checkpoint.ordinal() + 1;
            }
            if (some.isEmpty()) {
                return opened.chainAtHead();
            }
        }
    }

    private void stageIndexDeletes(WriteBatch batch, AgedSpan span, int i, ByteBuffer key) throws RocksDBException {
        if (span.isData(i)) {
            long first = Block.indexOf(span.offset(i));
            for (long block = first, end = first + span.length(i) / Block.SIZE_BYTES; block < end; block++) {
                Layout.indexKey(key, span.volume(i), Layout.LEVEL_BLOCK, block, span.lsn(i));
                batch.delete(db.index(), bytesOf(key));
            }
        } else {
            IndexUnits.of(span.offset(i), span.length(i), (level, unit) -> {
                Layout.indexKey(key, span.volume(i), level, unit, span.lsn(i));
                batch.delete(db.index(), bytesOf(key));
            });
        }
    }

    private static byte[] bytesOf(ByteBuffer key) {
        byte[] bytes = new byte[key.remaining()];
        key.get(bytes);
        return bytes;
    }

    private void put(AgeingPosition position) {
        try (WriteBatch batch = new WriteBatch()) {
            batch.put(db.meta(), Layout.AGEING, position.encode());
            db.write(batch);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("writing the ageing position", failure);
        }
    }

    private static ReadOptions scanOptions(Slice bound) {
        return new ReadOptions().setIterateUpperBound(bound).setFillCache(false).setReadaheadSize(2 << 20);
    }

    private static PartHeader headerOf(RocksIterator at, long lsn, ByteBuffer buffer) {
        buffer.clear();
        at.value(buffer);
        PartHeader header = PartHeader.read(buffer);
        if (header == null) {
            throw damaged(lsn);
        }
        return header;
    }

    private static HoldfastException damaged(long lsn) {
        return new HoldfastException(
                JournalError.JOURNAL_DAMAGED, "change %d does not match its checksum".formatted(lsn));
    }
}
