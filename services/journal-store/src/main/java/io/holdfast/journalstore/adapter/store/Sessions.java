package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.OverlayDevice;
import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.files.SessionFile;
import io.holdfast.journalstore.adapter.nbd.ViewDevice;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.session.Commit;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.journalstore.session.SessionPart;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The recovery sessions of a store (architecture, section 4). Safe for any number of threads. */
public final class Sessions implements AutoCloseable {
    /** Ended sessions that are remembered, so that who asks learns how they ended. */
    private static final int REMEMBERED = 256;

    private final JournalStore store;
    private final StoreOptions options;
    private final Map<SessionId, LiveSession> live = new HashMap<>();
    private final Map<SessionId, RecoverySession> rolledBack = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<SessionId, RecoverySession> eldest) {
            return size() > REMEMBERED;
        }
    };

    Sessions(JournalStore store, StoreOptions options) {
        this.store = store;
        this.options = options;
    }

    /** Takes over what a journal has on disk. Before its ageing runs. */
    synchronized void restore(PgId pg, Journal journal) {
        for (RecoverySession session : SessionFile.readAll(journal.files().sessions())) {
            LiveSession committed = new LiveSession(session, journal, null);
            if (committed.fork().filter(fork -> !fork.isLive()).isPresent()) {
                // It died between its end and the end of its folder.
                removeQuietly(committed.folder());
                continue;
            }
            if (committed.isInPlace()) {
                // The volumes are the images: whatever the history does, the session's point is in them.
                live.put(session.id(), committed);
                continue;
            }
            Optional<Leases.Lease> lease = journal.leases().take(session.lsn());
            if (lease.isEmpty()) {
                live.put(session.id(), new LiveSession(session.in(RecoverySession.State.LOST), journal, null));
            } else {
                live.put(session.id(), new LiveSession(session, journal, lease.get()));
            }
        }
        refresh();
    }

    /** RESTORING becomes OPEN once apply has passed the session's point again. */
    private void refresh() {
        for (LiveSession one : live.values()) {
            if (one.session.state() == RecoverySession.State.RESTORING
                    && !one.session.lsn().isAfter(one.journal.snapshot().head())) {
                one.session = one.session.in(RecoverySession.State.OPEN);
            }
        }
    }

    /** Kafka lost records: what is not readable by now never comes back with the same LSNs. */
    public synchronized void pointsLost(PgId pg) {
        refresh();
        for (LiveSession one : live.values()) {
            if (one.session.pg().equals(pg) && one.session.state() == RecoverySession.State.RESTORING) {
                one.session = one.session.in(RecoverySession.State.LOST);
                SessionFile.write(one.journal.files().sessions(), one.session);
            }
        }
    }

    /**
     * What a session is asked for with.
     *
     * @param part that it serves; empty = the whole group
     * @param idempotencyKey empty = none
     * @param fingerprint of the request, to tell a repetition from another request under the same key
     */
    public record Order(PgId pg, Point point, Optional<SessionPart> part, String idempotencyKey, String fingerprint) {
        /** Of the whole group. */
        public Order(PgId pg, Point point, String idempotencyKey, String fingerprint) {
            this(pg, point, Optional.empty(), idempotencyKey, fingerprint);
        }
    }

    /**
     * Opens a session, or finds the one that the same order has opened.
     *
     * @throws HoldfastException what opening the point says, {@code VOLUME_NOT_FOUND} when the group has nothing of the part there, {@code TOO_MANY_OPEN}, {@code NO_SPACE}, {@code IDEMPOTENCY_KEY_REUSED}
     */
    public RecoverySession create(Order order) {
        long began = System.nanoTime();
        Optional<RecoverySession> before = repeated(order);
        if (before.isPresent()) {
            return before.get();
        }
        Journal journal = store.require(order.pg());
        RecoverySession created = create(order, journal, began);
        // The session's LSN becomes durable soon; until then a crash leaves it RESTORING, not wrong.
        Thread.ofVirtual().name("session-flush").start(() -> flushQuietly(journal));
        return created;
    }

    private static void flushQuietly(Journal journal) {
        try {
            journal.flush();
        } catch (HoldfastException ended) {
            // The journal was closed or is broken; both show elsewhere.
        }
    }

    private synchronized Optional<RecoverySession> repeated(Order order) {
        if (order.idempotencyKey().isEmpty()) {
            return Optional.empty();
        }
        for (LiveSession one : live.values()) {
            if (one.session.pg().equals(order.pg())
                    && one.session.idempotencyKey().equals(order.idempotencyKey())) {
                if (!one.session.request().equals(order.fingerprint())) {
                    throw new HoldfastException(
                            CommonError.IDEMPOTENCY_KEY_REUSED,
                            "the Idempotency-Key was used for another recovery session of this group");
                }
                return Optional.of(one.view());
            }
        }
        return Optional.empty();
    }

    private synchronized RecoverySession create(Order order, Journal journal, long began) {
        Optional<RecoverySession> meanwhile = repeated(order);
        if (meanwhile.isPresent()) {
            return meanwhile.get();
        }
        if (live.size() >= options.sessionLimit()) {
            throw new HoldfastException(
                    JournalError.TOO_MANY_OPEN,
                    "%d recovery sessions are open, as many as allowed; end one first".formatted(live.size()));
        }
        if (!store.hasRoom()) {
            throw new HoldfastException(JournalError.NO_SPACE, "the data volume is down to its reserve");
        }
        OpenPoint point = new JournalPoints(journal).open(order.point());
        if (point.isKept()) {
            point.close();
            throw new HoldfastException(
                    JournalError.BRANCH_READ_ONLY,
                    "the branch is an old disk: it can be read and exported, and has no recovery sessions");
        }
        List<RecoverySession.Volume> served;
        try {
            served = served(order, point);
        } catch (HoldfastException nothing) {
            point.close();
            throw nothing;
        }
        SessionId id = SessionId.random();
        Path folder = SessionFile.folder(journal.files().sessions(), id);
        try {
            RecoverySession session = new RecoverySession(
                    id,
                    order.pg(),
                    point.lsn(),
                    point.checkpoint().map(Checkpoint::id),
                    Instant.now(),
                    0,
                    RecoverySession.State.OPEN,
                    served,
                    served.size() < point.volumes().size(),
                    order.idempotencyKey(),
                    order.fingerprint());
            Files.createDirectories(folder);
            session = session.openedIn((System.nanoTime() - began) / 1_000_000);
            SessionFile.write(journal.files().sessions(), session);
            SafeFile.forceFolder(journal.files().sessions());
            store.faults().reached(FaultPlaces.SESSION_STORED);
            live.put(id, new LiveSession(session, journal, point.lease()));
            return session;
        } catch (IOException | RuntimeException failure) {
            point.close();
            removeQuietly(folder);
            if (failure instanceof HoldfastException ours) {
                throw ours;
            }
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "a recovery session cannot be stored: " + failure, failure);
        }
    }

    private static List<RecoverySession.Volume> served(Order order, OpenPoint point) {
        List<RecoverySession.Volume> served = point.volumes().stream()
                .map(Sessions::volume)
                .filter(volume -> order.part()
                        .map(part -> part.has(volume.volume(), volume.vm()))
                        .orElse(true))
                .toList();
        if (served.isEmpty() && order.part().isPresent()) {
            throw new HoldfastException(
                    JournalError.VOLUME_NOT_FOUND,
                    "group %s has none of the VMs and volumes that are asked for at that point".formatted(order.pg()));
        }
        return served;
    }

    private static RecoverySession.Volume volume(VolumeSlot slot) {
        return new RecoverySession.Volume(slot.index(), slot.volume(), slot.name(), slot.vm(), slot.sizeBytes());
    }

    private static void removeQuietly(Path folder) {
        try {
            SafeFile.deleteFolder(folder);
        } catch (IOException leftBehind) {
            // Without a session.json the next start removes it.
        }
    }

    /** @throws HoldfastException {@code SESSION_NOT_FOUND} */
    public synchronized RecoverySession require(PgId pg, SessionId id) {
        refresh();
        RecoverySession ended = rolledBack.get(id);
        if (ended != null && ended.pg().equals(pg)) {
            return ended;
        }
        return requireLive(pg, id).view();
    }

    synchronized LiveSession requireLive(PgId pg, SessionId id) {
        LiveSession one = live.get(id);
        if (one == null || !one.session.pg().equals(pg)) {
            throw new HoldfastException(
                    JournalError.SESSION_NOT_FOUND, "group %s has no recovery session %s".formatted(pg, id));
        }
        return one;
    }

    synchronized List<LiveSession> liveOf(PgId pg) {
        refresh();
        return live.values().stream().filter(one -> one.session.pg().equals(pg)).toList();
    }

    /** What a session's commit is doing; empty = none was asked for. */
    public synchronized Optional<Commit> commitOf(SessionId id) {
        return Optional.ofNullable(live.get(id)).flatMap(LiveSession::commit);
    }

    /** Why a session's commit does not go on; empty = it does. */
    public synchronized String problemOf(SessionId id) {
        return Optional.ofNullable(live.get(id)).map(one -> one.problem).orElse("");
    }

    /** Oldest first. */
    public synchronized List<RecoverySession> of(PgId pg) {
        refresh();
        return live.values().stream()
                .map(LiveSession::view)
                .filter(session -> session.pg().equals(pg))
                .sorted(java.util.Comparator.comparing(RecoverySession::openedAt)
                        .thenComparing(session -> session.id().toString()))
                .toList();
    }

    public synchronized int count() {
        return live.size();
    }

    /** Every open session's exports, in no order. */
    public synchronized List<RecoverySession> all() {
        refresh();
        return live.values().stream().map(LiveSession::view).toList();
    }

    /**
     * The writable device of one volume; one device for all its connections. The session owns it.
     *
     * @throws HoldfastException {@code SESSION_NOT_FOUND}, {@code VOLUME_NOT_FOUND}, {@code SESSION_RESTORING} or {@code SESSION_LOST}
     */
    public synchronized BlockDevice device(SessionId id, VolumeId volume) throws IOException {
        refresh();
        LiveSession one = live.get(id);
        if (one == null) {
            throw new HoldfastException(JournalError.SESSION_NOT_FOUND, "there is no recovery session " + id);
        }
        switch (one.session.state()) {
            case OPEN -> {}
            case RESTORING ->
                throw new HoldfastException(
                        JournalError.SESSION_RESTORING,
                        "the journal catches up to LSN %s after a restart; try again".formatted(one.session.lsn()));
            case LOST ->
                throw new HoldfastException(
                        JournalError.SESSION_LOST,
                        "the point of recovery session %s was lost; delete it".formatted(id));
        }
        return device(one, volume);
    }

    /** As {@link #device(LiveSession, VolumeId)}; empty = the session has ended. */
    synchronized Optional<OverlayDevice> overlayOf(LiveSession one, VolumeId volume) throws IOException {
        return live.containsKey(one.session.id()) ? Optional.of(device(one, volume)) : Optional.empty();
    }

    synchronized OverlayDevice device(LiveSession one, VolumeId volume) throws IOException {
        OverlayDevice known = one.devices.get(volume);
        if (known != null) {
            return known;
        }
        RecoverySession.Volume wanted = one.session.volumes().stream()
                .filter(candidate -> candidate.volume().equals(volume))
                .findFirst()
                .orElseThrow(() -> new HoldfastException(
                        JournalError.VOLUME_NOT_FOUND,
                        "recovery session %s has no volume %s".formatted(one.session.id(), volume)));
        VolumeSlot slot = one.journal.snapshot().manifest().volumes().get(wanted.index());
        OverlayDevice device = OverlayDevice.open(
                one.folder(),
                volume.toString(),
                new ViewDevice(one.journal.reader(slot, one.session.lsn())),
                options.overlayLimitBytes(),
                store::hasRoom);
        if (one.isInPlace()) {
            device.goInPlace(one.journal.forkState().inPlace(slot.index()));
        }
        one.devices.put(volume, device);
        return device;
    }

    /**
     * Ends a session and throws its writes away; one that was committed leaves the volumes as they are. One that is not there is fine.
     *
     * @throws HoldfastException {@code COMMIT_RUNS} while it is being committed
     */
    public void delete(PgId pg, SessionId id) {
        LiveSession one;
        synchronized (this) {
            one = live.get(id);
            if (one == null || !one.session.pg().equals(pg)) {
                return;
            }
        }
        store.commits().end(one);
    }

    /** The session is not served any more, and its folder goes. */
    void remove(LiveSession one, boolean rollback) {
        SessionId id = one.session.id();
        synchronized (this) {
            live.remove(id);
            if (rollback) {
                rolledBack.put(id, one.session.in(RecoverySession.State.ROLLED_BACK));
            }
        }
        closeDevices(one);
        try {
            Files.deleteIfExists(one.folder().resolve("session.json"));
            store.faults().reached(FaultPlaces.SESSION_UNLINKED);
            SafeFile.deleteFolder(one.folder());
            store.faults().reached(FaultPlaces.SESSION_DELETED);
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "the files of recovery session %s cannot be deleted".formatted(id),
                    failure);
        } finally {
            one.releaseLease();
        }
    }

    private static void closeDevices(LiveSession one) {
        for (OverlayDevice device : new ArrayList<>(one.devices.values())) {
            try {
                device.close();
            } catch (IOException ignored) {
                // Its file is deleted, or opened anew at the next start.
            }
        }
    }

    /** Ends serving; the sessions stay on disk. */
    @Override
    public synchronized void close() {
        for (LiveSession one : live.values()) {
            for (OverlayDevice device : one.devices.values()) {
                try {
                    device.flush();
                } catch (IOException notDurable) {
                    System.getLogger(Sessions.class.getName())
                            .log(System.Logger.Level.WARNING, "an overlay was not flushed at the end", notDurable);
                }
            }
        }
        abandon();
    }

    /** Ends serving without flushing: what a crash leaves. */
    synchronized void abandon() {
        live.values().forEach(Sessions::closeDevices);
        live.clear();
    }
}
