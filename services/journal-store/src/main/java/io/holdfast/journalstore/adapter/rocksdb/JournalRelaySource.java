package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.relay.Place;
import io.holdfast.journalstore.relay.RelaySource;
import io.holdfast.journalstore.relay.RelayVolume;
import io.holdfast.journalstore.relay.Standing;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Discard;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** A journal as a relay reads it: changes in LSN order, and volumes as of a checkpoint. */
public final class JournalRelaySource implements RelaySource {
    /** Longest stretch of bytes that is read at once. */
    private static final int STRETCH_BYTES = 256 << 10;

    private static final int EXTENTS = 1024;
    /** Whole blocks, so that a stretch never ends inside one. */
    private static final int MAX_EMPTY_BYTES = 1 << 30;

    private final Journal journal;
    private final JournalPoints points;
    private final Set<VolumeId> wanted;
    private JournalSnapshot seen;
    private Optional<Place> newest = Optional.empty();

    /** @param wanted volumes of the journal that are relayed */
    public JournalRelaySource(Journal journal, Set<VolumeId> wanted) {
        this.journal = journal;
        this.wanted = Set.copyOf(wanted);
        this.points = new JournalPoints(journal);
    }

    @Override
    public String lineage() {
        return journal.snapshot().manifest().lineage().getLast();
    }

    @Override
    public boolean failedOver() {
        return journal.snapshot().manifest().policyState() == JournalPolicy.State.FAILED_OVER;
    }

    @Override
    public List<RelayVolume> volumes() {
        return journal.snapshot().manifest().protectedVolumes().stream()
                .filter(slot -> wanted.contains(slot.volume()))
                .map(slot -> new RelayVolume(slot.volume(), slot.name(), slot.vm(), slot.vmName(), slot.sizeBytes()))
                .toList();
    }

    @Override
    public Optional<Place> newest() {
        // The snapshot and not a count of checkpoints: a journal that was opened again may come to the same count with
        // others.
        JournalSnapshot now = journal.snapshot();
        if (now != seen) {
            newest = points.newest().map(JournalRelaySource::placeOf);
            seen = now;
        }
        return newest;
    }

    private static Place placeOf(Checkpoint checkpoint) {
        return new Place(checkpoint.id(), checkpoint.lsn(), checkpoint.cutAtMicros(), checkpoint.digest());
    }

    @Override
    public boolean consistentThroughout(Lsn from, Lsn to) {
        return journal.using(opened -> {
            try (RocksIterator at = opened.db.iterate(opened.db.meta())) {
                at.seekForPrev(Layout.rangeKey(from.value()));
                boolean inside = at.isValid()
                        && at.key().length == 9
                        && at.key()[0] == 'r'
                        && ByteBuffer.wrap(at.value()).getLong() >= to.value();
                JournalDb.requireSound(at);
                return inside;
            }
        });
    }

    @Override
    public Standing standing(Place place) {
        if (points.find(place.checkpoint())
                .map(JournalRelaySource::placeOf)
                .filter(place::sameStateAs)
                .isPresent()) {
            return held(place);
        }
        // A checkpoint is listed after the last change before it, before the next change and before every later
        // checkpoint.
        boolean passed = journal.snapshot().head().isAfter(place.lsn())
                || newest().filter(now -> now.cutAtMicros() > place.cutAtMicros())
                        .isPresent();
        if (!passed) {
            return Standing.AHEAD;
        }
        // While the guest was quiet many checkpoints stand at one LSN, and the first ones expire.
        boolean sameState = !points.list(
                        Long.MAX_VALUE,
                        1,
                        one -> one.lsn().equals(place.lsn()) && placeOf(one).sameStateAs(place))
                .isEmpty();
        return sameState ? held(place) : Standing.UNKNOWN;
    }

    private Standing held(Place place) {
        return holdsChangesAfter(place.lsn()) ? Standing.KNOWN : Standing.UNKNOWN;
    }

    @Override
    public boolean holdsChangesAfter(Lsn lsn) {
        return journal.ageing().dropped() <= lsn.value();
    }

    @Override
    public boolean changes(Lsn after, Lsn last, ChangeVisitor visitor) {
        if (!last.isAfter(after)) {
            return true;
        }
        Map<Integer, VolumeId> volumes = journal.snapshot().manifest().volumes().stream()
                .collect(Collectors.toMap(VolumeSlot::index, VolumeSlot::volume));
        return journal.using(opened -> scan(opened.db, after, last, volumes::get, visitor));
    }

    private boolean scan(
            JournalDb db, Lsn after, Lsn last, Function<Integer, VolumeId> volumes, ChangeVisitor visitor) {
        try (Slice bound = new Slice(Layout.changeKey(last.value() + 1, 0));
                ReadOptions options = new ReadOptions()
                        .setIterateUpperBound(bound)
                        .setFillCache(false)
                        .setReadaheadSize(2 << 20);
                RocksIterator at = db.rocks().newIterator(db.changes(), options)) {
            ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES + Layout.PART_BYTES);
            long expected = after.value() + 1;
            at.seek(Layout.changeKey(expected, 0));
            while (at.isValid()) {
                long lsn = ByteBuffer.wrap(at.key()).getLong();
                if (lsn != expected) {
                    throw gone(expected);
                }
                Optional<Change> change = read(at, lsn, value, volumes);
                if (change.isPresent() && !visitor.take(Lsn.of(lsn), change.get())) {
                    return lsn == last.value();
                }
                expected++;
                at.next();
            }
            JournalDb.requireSound(at);
            if (expected <= last.value()) {
                throw gone(expected);
            }
            return true;
        }
    }

    private static HoldfastException gone(long lsn) {
        return new HoldfastException(JournalError.LSN_EXPIRED, "change %d has left the history".formatted(lsn));
    }

    /** Reads all parts of the change at the iterator, and leaves it at the last one; empty = the LSN changes nothing. */
    private static Optional<Change> read(
            RocksIterator at, long lsn, ByteBuffer value, Function<Integer, VolumeId> volumes) {
        PartHeader header = part(at, lsn, 0, value);
        if (!header.isChange()) {
            return Optional.empty();
        }
        VolumeId volume = volumes.apply(header.volume());
        if (volume == null) {
            throw damaged(lsn, 0);
        }
        return Optional.of(
                switch (header.type()) {
                    case PartHeader.DATA -> {
                        ByteBuffer payload = ByteBuffer.allocate(header.length());
                        payload.put(value.slice(PartHeader.BYTES, header.payloadOf(0)));
                        for (int part = 1; part < header.parts(); part++) {
                            at.next();
                            part(at, lsn, part, value);
                            payload.put(value.slice(PartHeader.BYTES, header.payloadOf(part)));
                        }
                        yield Data.of(volume, header.offset(), payload.flip(), header.writtenAtMicros(), header.sync());
                    }
                    case PartHeader.ZERO ->
                        new Zero(volume, header.offset(), header.length(), header.writtenAtMicros(), header.sync());
                    case PartHeader.DISCARD ->
                        new Discard(volume, header.offset(), header.length(), header.writtenAtMicros(), header.sync());
                    default -> throw damaged(lsn, 0);
                });
    }

    private static PartHeader part(RocksIterator at, long lsn, int part, ByteBuffer value) {
        if (!at.isValid()) {
            JournalDb.requireSound(at);
            throw damaged(lsn, part);
        }
        ByteBuffer key = ByteBuffer.wrap(at.key());
        value.clear();
        at.value(value);
        PartHeader header = PartHeader.read(value);
        if (key.getLong() != lsn || key.get() != part || header == null || !header.matches(value, part)) {
            throw damaged(lsn, part);
        }
        return header;
    }

    private static HoldfastException damaged(long lsn, int part) {
        return new HoldfastException(
                JournalError.JOURNAL_DAMAGED,
                "change %d, part %d does not match its checksum; it cannot be sent on".formatted(lsn, part));
    }

    @Override
    public Optional<View> view(Place place) {
        try {
            return Optional.of(new PointView(points.open(new Point.AtCheckpoint(place.checkpoint()))));
        } catch (HoldfastException refused) {
            if (refused.code() == JournalError.CHECKPOINT_EXPIRED
                    || refused.code() == JournalError.CHECKPOINT_NOT_FOUND) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private final class PointView implements View {
        private final OpenPoint point;
        private final Map<VolumeId, PointReader> readers;
        private final Deque<Extent> extents = new ArrayDeque<>();
        private PointReader known;

        PointView(OpenPoint point) {
            this.point = point;
            // A link has more to do than to wait: its session ends, and the next one looks again.
            this.readers = point.volumes().stream()
                    .collect(Collectors.toMap(VolumeSlot::volume, slot -> journal.reader(slot, point, Duration.ZERO)));
        }

        @Override
        public Stretch read(VolumeId volume, long offset) {
            PointReader reader = readers.get(volume);
            if (reader == null) {
                throw new HoldfastException(
                        JournalError.CHECKPOINT_NOT_FOUND,
                        "volume %s does not exist at LSN %s".formatted(volume, point.lsn()));
            }
            try {
                return stretch(reader, offset);
            } catch (IOException failure) {
                throw StorageFailures.translate("reading the replica image of volume " + volume, failure);
            }
        }

        private Stretch stretch(PointReader reader, long offset) throws IOException {
            Extent extent = extentAt(reader, offset);
            long left = extent.end() - offset;
            // Extents may begin and end inside a block; such a block is read as bytes.
            long empty = extent.kind() == Extent.Kind.DATA ? 0 : left / Block.SIZE_BYTES * Block.SIZE_BYTES;
            if (empty > 0) {
                return new Stretch.Zeroes(Math.min(empty, MAX_EMPTY_BYTES));
            }
            long whole = Math.ceilDiv(Math.min(left, STRETCH_BYTES), Block.SIZE_BYTES) * Block.SIZE_BYTES;
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(whole, reader.sizeBytes() - offset));
            reader.read(offset, bytes);
            bytes.flip();
            return isZero(bytes) ? new Stretch.Zeroes(bytes.remaining()) : new Stretch.Bytes(bytes);
        }

        /** Asks for many extents at once: finding out costs a pass over the index. */
        private Extent extentAt(PointReader reader, long offset) throws IOException {
            if (reader != known
                    || extents.isEmpty()
                    || offset >= extents.getLast().end()) {
                extents.clear();
                extents.addAll(reader.extents(offset, reader.sizeBytes() - offset, EXTENTS));
                known = reader;
            }
            while (extents.peekFirst().end() <= offset) {
                extents.removeFirst();
            }
            return extents.peekFirst();
        }

        private static boolean isZero(ByteBuffer bytes) {
            return bytes.get(0) == 0 && bytes.mismatch(bytes.slice(1, bytes.remaining() - 1)) == bytes.remaining() - 1;
        }

        @Override
        public void close() {
            point.close();
        }
    }
}
