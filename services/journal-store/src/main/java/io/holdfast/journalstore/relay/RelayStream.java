package io.holdfast.journalstore.relay;

import io.holdfast.journalstore.relay.RelaySource.Stretch;
import io.holdfast.journalstore.relay.RelayState.Copying;
import io.holdfast.journalstore.relay.RelayState.Reason;
import io.holdfast.journalstore.relay.RelayState.Resting;
import io.holdfast.journalstore.relay.RelayState.Shipping;
import io.holdfast.journalstore.relay.RelayState.Waiting;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Marker;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.HashReply;
import io.holdfast.proto.v1.HashRequest;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * One relayed group: decides what is sent next, from checkpoint to checkpoint of the source journal (docs/extended-replication.md). Pulled by
 * its link, whose thread is the only one that calls it, {@link #status} excepted.
 */
public final class RelayStream implements AutoCloseable {
    private final StreamId id;
    private final Optional<PgId> sourceGroup;
    private final RelaySource source;
    private final RelayMemory memory;
    private final RelayLimits limits;
    private final Unacked unacked;
    private final LongSupplier nanoTime;
    private final LongSupplier epochFloor;
    private final Deque<StreamRecord> control = new ArrayDeque<>();

    private RelayState state = new Waiting(Reason.NOT_BEGUN);
    private Optional<Remembered> remembered;
    private List<RelayVolume> volumes = List.of();
    private Map<VolumeId, Integer> places = Map.of();
    private Optional<Comparison> comparison = Optional.empty();
    private Epoch epoch = Epoch.NONE;
    private Seq next = Seq.FIRST;
    private Optional<CheckpointId> wantedMarker = Optional.empty();
    private boolean paused;
    private RelaySource.View view;
    private long turnBytes;
    private long turnEndsAtNanos;
    private long behindSinceNanos;
    private long sentBytes;
    private boolean saveDue;
    private volatile RelayStatus status;

    /**
     * @param sourceGroup the journal's group
     * @param nanoTime a monotonic clock
     * @param epochFloor least value of a new epoch, growing: milliseconds since 1970, so that epochs grow even when the memory was lost
     */
    public RelayStream(
            StreamId id,
            PgId sourceGroup,
            RelaySource source,
            RelayMemory memory,
            RelayLimits limits,
            LongSupplier nanoTime,
            LongSupplier epochFloor) {
        this.id = id;
        this.sourceGroup = Optional.of(sourceGroup);
        this.source = source;
        this.memory = memory;
        this.limits = limits;
        this.unacked = new Unacked(limits.unackedBytes());
        this.nanoTime = nanoTime;
        this.epochFloor = epochFloor;
        this.remembered = memory.load(id.pg());
        publish();
    }

    public PgId group() {
        return id.pg();
    }

    /** Sent at the next place at which the target's replica is a checkpoint. A newer order takes the place of an older. */
    public void cut(CheckpointId checkpoint) {
        if (state.inSync()) {
            wantedMarker = Optional.of(checkpoint);
        }
    }

    public void pause(boolean wanted) {
        paused = wanted;
        if (paused) {
            endTurn();
        }
        publish();
    }

    /**
     * Everything up to here is durable at the target.
     *
     * @return whether the acknowledgement fits what was sent
     */
    public boolean ack(Epoch acked, Seq seq) {
        if (!acked.equals(epoch) || seq.compareTo(next) >= 0) {
            return false;
        }
        unacked.ack(seq).ifPresent(place -> {
            remembered = remembered.map(last -> last.acknowledged(place));
            saveDue = true;
        });
        publish();
        return true;
    }

    /** Writes what was acknowledged, when that is news. */
    public void save() {
        if (saveDue) {
            memory.save(id.pg(), remembered.orElseThrow());
            saveDue = false;
        }
    }

    /** The target wants the epoch, or an older one, no more: everything is sent again. */
    public void reset(Epoch useless) {
        if (!epoch.isAfter(useless)) {
            startOver();
        }
    }

    private void startOver() {
        remembered = remembered.map(Remembered::notWhole);
        remembered.ifPresent(last -> memory.save(id.pg(), last));
        saveDue = false;
        waitFor(Reason.NOT_BEGUN);
    }

    /** Whatever follows begins with a sync of a new epoch. */
    private void waitFor(Reason reason) {
        endTurn();
        control.clear();
        unacked.clear();
        comparison = Optional.empty();
        wantedMarker = Optional.empty();
        state = new Waiting(reason);
        publish();
    }

    /** The next question about what the target holds, if one is due. */
    public Optional<HashRequest> question(LongSupplier requestIds) {
        return comparison.flatMap(one -> one.question(requestIds, unacked.ackedSeq()));
    }

    /** An answer to a question, of this stream or another one. */
    public void answered(HashReply reply) {
        comparison.ifPresent(one -> one.answered(reply));
    }

    /**
     * The next batch, made now.
     *
     * @return empty = there is nothing to send, or no room for it
     * @throws HoldfastException the journal cannot be read, or the memory not written; the session should end and try again later
     */
    public Optional<ChangeBatch> next(Codec codec) {
        if (source.failedOver()) {
            waitFor(Reason.FAILED_OVER);
            return Optional.empty();
        }
        if (paused || unacked.isFull()) {
            return Optional.empty();
        }
        RelayBatch batch = new RelayBatch();
        try {
            while (!batch.isFull() && step(batch)) {
                // Another step of the state machine, into the same batch.
            }
        } catch (LeftHistory fellBehind) {
            startOver();
            return Optional.empty();
        }
        if (batch.isEmpty()) {
            publish();
            return Optional.empty();
        }
        return Optional.of(seal(batch, codec));
    }

    private ChangeBatch seal(RelayBatch batch, Codec codec) {
        long cutAt = state instanceof Resting(Place at) ? at.cutAtMicros() : 0;
        ChangeBatch sealed = batch.seal(id, epoch, next, codec, cutAt);
        Seq last = new Seq(next.value() + batch.records() - 1);
        next = last.next();
        Optional<Place> boundary =
                state instanceof Resting(Place at) && control.isEmpty() ? Optional.of(at) : Optional.empty();
        int bytes = sealed.getBody().size();
        unacked.sent(last, bytes, boundary);
        sentBytes += bytes;
        publish();
        return sealed;
    }

    /** @return whether another step may follow now */
    private boolean step(RelayBatch batch) {
        if (!control.isEmpty()) {
            batch.add(control.poll());
            return true;
        }
        return switch (state) {
            case Waiting _ -> begin();
            case Copying copying -> copy(copying, batch);
            case Shipping shipping -> ship(shipping, batch);
            case Resting(Place at) -> rest(at, batch);
        };
    }

    private boolean begin() {
        Optional<Place> newest = source.newest();
        if (newest.isEmpty()) {
            state = new Waiting(Reason.NO_CHECKPOINT);
            return false;
        }
        volumes = source.volumes();
        places = new HashMap<>();
        volumes.forEach(volume -> places.put(volume.id(), places.size()));
        Map<VolumeId, Long> sizes = volumes.stream().collect(Collectors.toMap(RelayVolume::id, RelayVolume::sizeBytes));
        String lineage = source.lineage();
        Optional<SyncKind> first =
                Remembered.firstSync(remembered, lineage, sizes, source::standing, source::holdsChangesAfter);
        if (first.isEmpty() && waitsBehind()) {
            return false;
        }
        SyncKind kind = first.orElse(SyncKind.FULL);
        Optional<Place> from = remembered.flatMap(Remembered::at);
        long last = Math.max(
                epoch.value(), remembered.map(one -> one.epoch().value()).orElse(0L));
        epoch = new Epoch(Math.max(last + 1, epochFloor.getAsLong()));
        next = Seq.FIRST;
        remembered = Optional.of(new Remembered(epoch, lineage, sizes, from, newest, kind == SyncKind.DELTA));
        memory.save(id.pg(), remembered.get());
        startSync(kind, newest.get());
        comparison = kind == SyncKind.DELTA
                ? Optional.empty()
                : Optional.of(new Comparison(id.pg(), epoch, volumes, nanoTime));
        // The newest is not older than the acknowledged place: the journal knows that one.
        state = kind == SyncKind.DELTA
                ? new Shipping(from.orElseThrow().lsn(), newest.get(), Cursor.END, true)
                : new Copying(newest.get(), Cursor.START);
        return true;
    }

    /** Before anything on the way there is sent: were it forgotten, nobody could tell whether the target has it. */
    private void reach(Place place) {
        remembered = remembered.map(last -> last.reaching(place));
        memory.save(id.pg(), remembered.orElseThrow());
        saveDue = false;
    }

    /** @return false = it has taken too long */
    private boolean waitsBehind() {
        long now = nanoTime.getAsLong();
        if (!(state instanceof Waiting(Reason reason)) || reason != Reason.JOURNAL_BEHIND) {
            behindSinceNanos = now;
            state = new Waiting(Reason.JOURNAL_BEHIND);
        }
        return now - behindSinceNanos < limits.behind().toNanos();
    }

    private void startSync(SyncKind kind, Place at) {
        volumes.forEach(volume -> control.add(new SyncStarted(volume.id(), kind, at.cutAtMicros())));
    }

    private void completeSync(Place at) {
        endTurn();
        comparison = Optional.empty();
        volumes.forEach(volume -> control.add(new SyncCompleted(volume.id(), at.cutAtMicros())));
        state = new Resting(at);
    }

    private boolean copy(Copying copying, RelayBatch batch) {
        if (copying.cursor().isEnd()) {
            completeSync(copying.at());
            return true;
        }
        Optional<Comparison> compared = comparison.filter(Comparison::isOn);
        if (compared.isPresent() && !compared.get().has(copying.cursor())) {
            // Nothing of the history is held for an answer.
            endTurn();
            return false;
        }
        if (view == null && !beginTurn(copying)) {
            return true;
        }
        RelayVolume volume = volumes.get(copying.cursor().volume());
        long offset = copying.cursor().offset();
        Stretch stretch = compared.isPresent() ? chunk(volume, offset) : view.read(volume.id(), offset);
        if (compared.isEmpty() || !compared.get().equal(copying.cursor(), bytesOf(stretch))) {
            batch.add(record(volume, offset, stretch, copying.at().cutAtMicros()));
        }
        turnBytes += stretch instanceof Stretch.Bytes ? stretch.length() : 0;
        Cursor moved = copying.cursor().plus(stretch.length());
        state = new Copying(
                copying.at(), moved.offset() < volume.sizeBytes() ? moved : moved.nextVolume(volumes.size()));
        if (turnBytes >= limits.turnBytes() || nanoTime.getAsLong() - turnEndsAtNanos >= 0) {
            endTurn();
        }
        return true;
    }

    private static Optional<ByteBuffer> bytesOf(Stretch stretch) {
        return stretch instanceof Stretch.Bytes(var payload) ? Optional.of(payload) : Optional.empty();
    }

    /** What is compared at once, of stretches that begin and end anywhere. */
    private Stretch chunk(RelayVolume volume, long offset) {
        int length = (int) Math.min(Comparison.CHUNK_BYTES, volume.sizeBytes() - offset);
        ByteBuffer bytes = ByteBuffer.allocate(length);
        boolean anything = false;
        while (bytes.hasRemaining()) {
            Stretch part = view.read(volume.id(), offset + bytes.position());
            int most = (int) Math.min(bytes.remaining(), part.length());
            if (part instanceof Stretch.Bytes(var payload)) {
                anything = true;
                bytes.put(payload.slice(payload.position(), most));
            } else {
                bytes.position(bytes.position() + most);
            }
        }
        return anything ? new Stretch.Bytes(bytes.flip()) : new Stretch.Zeroes(length);
    }

    private static Change record(RelayVolume volume, long offset, Stretch stretch, long atMicros) {
        return switch (stretch) {
            case Stretch.Zeroes(long length) -> new Zero(volume.id(), offset, (int) length, atMicros, true);
            case Stretch.Bytes(var payload) -> Data.of(volume.id(), offset, payload, atMicros, true);
        };
    }

    /** Takes the place's view for a turn, or first brings what is copied to a newer place. */
    private boolean beginTurn(Copying copying) {
        Place newest = source.newest().orElse(copying.at());
        if (newest.lsn().isAfter(copying.at().lsn())) {
            requireKnown(copying.at());
            reach(newest);
            state = new Shipping(copying.at().lsn(), newest, copying.cursor(), true);
            return false;
        }
        view = source.view(copying.at()).orElseThrow(LeftHistory::new);
        turnBytes = 0;
        turnEndsAtNanos = nanoTime.getAsLong() + limits.turn().toNanos();
        return true;
    }

    private void endTurn() {
        if (view != null) {
            view.close();
            view = null;
        }
    }

    private boolean ship(Shipping shipping, RelayBatch batch) {
        if (!source.holdsChangesAfter(shipping.done())) {
            throw new LeftHistory();
        }
        Lsn[] done = {shipping.done()};
        boolean all;
        try {
            all = source.changes(shipping.done(), shipping.to().lsn(), (lsn, change) -> {
                Integer place = places.get(change.volume());
                if (place != null) {
                    shipping.cursor().before(change, place).ifPresent(batch::add);
                }
                done[0] = lsn;
                return !batch.isFull();
            });
        } catch (HoldfastException failed) {
            if (source.holdsChangesAfter(done[0])) {
                throw failed;
            }
            throw new LeftHistory();
        }
        if (!all) {
            // Where it stands now is no checkpoint, so nothing tells whether it is of this history; the end of the step
            // does.
            state = new Shipping(done[0], shipping.to(), shipping.cursor(), shipping.syncOpen());
            return true;
        }
        requireKnown(shipping.to());
        if (!shipping.cursor().isEnd()) {
            state = new Copying(shipping.to(), shipping.cursor());
        } else if (shipping.syncOpen()) {
            completeSync(shipping.to());
        } else {
            state = new Resting(shipping.to());
        }
        return true;
    }

    private boolean rest(Place at, RelayBatch batch) {
        if (!sameVolumes()) {
            startOver();
            return false;
        }
        Place newest = source.newest().orElse(at);
        if (newest.cutAtMicros() > at.cutAtMicros() && !newest.lsn().isAfter(at.lsn())) {
            if (!newest.sameStateAs(at)) {
                // A later checkpoint without what led to this one: the source has lost that, and Kafka too.
                throw new LeftHistory();
            }
            state = new Resting(newest);
            return true;
        }
        if (wantedMarker.isPresent()) {
            batch.add(new Marker(wantedMarker.get(), at.cutAtMicros()));
            wantedMarker = Optional.empty();
            return false;
        }
        if (!newest.lsn().isAfter(at.lsn()) || !batch.isEmpty()) {
            // A batch that brought the target to a place ends there, so that its acknowledgement names the place.
            return false;
        }
        requireKnown(at);
        reach(newest);
        boolean open = !source.consistentThroughout(at.lsn(), newest.lsn());
        if (open) {
            startSync(SyncKind.BITMAP, at);
        }
        state = new Shipping(at.lsn(), newest, Cursor.END, open);
        return true;
    }

    /**
     * The history that the place belonged to is still this one. A journal that was opened again without what it had not flushed, and did not get all of
     * that again, has other changes under the same numbers.
     */
    private void requireKnown(Place place) {
        if (source.standing(place) != Standing.KNOWN) {
            throw new LeftHistory();
        }
    }

    private boolean sameVolumes() {
        String lineage = remembered.orElseThrow().lineage();
        return source.lineage().equals(lineage) && source.volumes().equals(volumes);
    }

    private void publish() {
        Optional<Place> at =
                switch (state) {
                    case Waiting _ -> Optional.empty();
                    case Copying copying -> Optional.of(copying.at());
                    case Shipping shipping -> Optional.of(shipping.to());
                    case Resting resting -> Optional.of(resting.at());
                };
        Cursor cursor =
                switch (state) {
                    case Copying copying -> copying.cursor();
                    case Shipping shipping -> shipping.cursor();
                    case Waiting _, Resting _ -> Cursor.END;
                };
        Lsn acknowledged = remembered.map(Remembered::acknowledged).orElse(Lsn.NONE);
        long behind = source.newest()
                .map(newest -> Math.max(0, newest.lsn().value() - acknowledged.value()))
                .orElse(0L);
        RelayState shown = paused ? new Waiting(Reason.PAUSED) : state;
        status = new RelayStatus(
                id.pg(),
                sourceGroup,
                shown,
                epoch,
                next.value() - 1,
                unacked.ackedSeq(),
                at,
                acknowledged,
                unacked.ackedCutAtMicros(),
                behind,
                cursor.isEnd() ? 0 : bytesBefore(cursor),
                cursor.isEnd() ? 0 : bytesBefore(Cursor.END),
                unacked.bytes(),
                sentBytes);
    }

    private long bytesBefore(Cursor cursor) {
        long bytes = cursor.offset();
        for (int i = 0; i < Math.min(cursor.volume(), volumes.size()); i++) {
            bytes += volumes.get(i).sizeBytes();
        }
        return bytes;
    }

    /** As of the last call that changed something. Any thread. */
    public RelayStatus status() {
        return status;
    }

    /** Ends the turn and writes what was acknowledged. */
    @Override
    public void close() {
        endTurn();
        save();
    }

    /** The place has left the history, or the history is another: what follows it cannot be sent any more. */
    private static final class LeftHistory extends RuntimeException {
        LeftHistory() {
            super(null, null, false, false);
        }
    }
}
