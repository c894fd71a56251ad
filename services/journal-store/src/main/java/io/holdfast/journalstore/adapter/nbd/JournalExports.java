package io.holdfast.journalstore.adapter.nbd;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * The exports of docs/rest-api.md: {@code <pg>/<volume>@<point>}, read-only, and {@code session/<session>/<volume>}, writable. An open
 * point is leased until its connection ends.
 */
public final class JournalExports implements ExportCatalog {
    private static final String SESSION = "session/";
    /** Exports that a list shows: with many points the names are not for browsing. */
    private static final int LISTED = 1000;

    private final JournalStore store;
    private final DoubleConsumer openSeconds;
    private final Fetchers fetchers;

    /**
     * @param openSeconds told how long each successful opening took
     * @param fetchers read ahead for clients; closed by whoever made them
     */
    public JournalExports(JournalStore store, DoubleConsumer openSeconds, Fetchers fetchers) {
        this.store = store;
        this.openSeconds = openSeconds;
        this.fetchers = fetchers;
    }

    public static String nameOf(RecoverySession session, RecoverySession.Volume volume) {
        return SESSION + session.id() + "/" + volume.volume();
    }

    public static String nameOf(PgId pg, VolumeId volume, Object point) {
        return pg + "/" + volume + "@" + point;
    }

    @Override
    public Lease open(String name) throws IOException {
        long began = System.nanoTime();
        try {
            Lease lease = name.startsWith(SESSION) ? openSession(name) : openPoint(name);
            openSeconds.accept((System.nanoTime() - began) / 1e9);
            return lease;
        } catch (HoldfastException refused) {
            throw refusal(refused);
        }
    }

    private static ExportRefusedException refusal(HoldfastException cause) {
        ExportRefusedException.Reason reason =
                switch (cause.code().blame()) {
                    case NOT_FOUND, INVALID_REQUEST -> ExportRefusedException.Reason.UNKNOWN;
                    case CONFLICT, EXHAUSTED, FORBIDDEN, UNAUTHENTICATED -> ExportRefusedException.Reason.POLICY;
                    case UNAVAILABLE, INTERNAL -> ExportRefusedException.Reason.OTHER;
                };
        return new ExportRefusedException(reason, cause.toString());
    }

    private Lease openSession(String name) throws IOException {
        String[] parts = name.split("/", -1);
        if (parts.length != 3) {
            throw malformed(name);
        }
        BlockDevice device = store.sessions().device(SessionId.parse(parts[1]), VolumeId.parse(parts[2]));
        return ExportCatalog.leaseOf(fetchers.ahead(device), "writable, part of a recovery session");
    }

    private Lease openPoint(String name) {
        int slash = name.indexOf('/');
        int at = name.indexOf('@');
        if (slash < 0 || at < slash) {
            throw malformed(name);
        }
        PgId pg = PgId.parse(name.substring(0, slash));
        VolumeId volume = VolumeId.parse(name.substring(slash + 1, at));
        Journal journal = store.require(pg);
        OpenPoint point = new JournalPoints(journal).open(Point.parse(name.substring(at + 1)));
        try {
            VolumeSlot slot = point.volumes().stream()
                    .filter(candidate -> candidate.volume().equals(volume))
                    .findFirst()
                    .orElseThrow(() -> new HoldfastException(
                            JournalError.VOLUME_NOT_FOUND,
                            "group %s has no volume %s at LSN %s".formatted(pg, volume, point.lsn())));
            return new PointLease(point, fetchers.ahead(new ViewDevice(journal.reader(slot, point))));
        } catch (RuntimeException refused) {
            point.close();
            throw refused;
        }
    }

    private static HoldfastException malformed(String name) {
        return new HoldfastException(
                JournalError.POINT_MALFORMED,
                "'%s' is not an export; exports are <group>/<volume>@<point> and session/<session>/<volume>"
                        .formatted(name));
    }

    private record PointLease(OpenPoint point, BlockDevice device) implements Lease {
        @Override
        public String description() {
            return point.isKept() ? "read-only, an old disk" : "read-only, as of LSN " + point.lsn();
        }

        @Override
        public void close() {
            point.close();
        }
    }

    @Override
    public List<Entry> list() {
        List<Entry> entries = new ArrayList<>();
        for (RecoverySession session : store.sessions().all()) {
            for (RecoverySession.Volume volume : session.volumes()) {
                entries.add(new Entry(nameOf(session, volume), "writable, as of LSN " + session.lsn()));
            }
        }
        for (PgId pg : store.groups()) {
            store.find(pg).filter(journal -> journal.checkpointCount() > 0).ifPresent(journal -> journal.snapshot()
                    .manifest()
                    .protectedVolumes()
                    .forEach(slot -> entries.add(
                            new Entry(nameOf(pg, slot.volume(), "latest"), "read-only, the newest checkpoint"))));
        }
        return entries.size() <= LISTED ? entries : entries.subList(0, LISTED);
    }
}
