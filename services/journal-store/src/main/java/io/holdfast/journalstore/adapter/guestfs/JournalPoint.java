package io.holdfast.journalstore.adapter.guestfs;

import io.holdfast.journalstore.adapter.nbd.ViewDevice;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.files.OpenedPoint;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A point of a journal with the volumes that a view shall have. */
public final class JournalPoint implements OpenedPoint {
    private final OpenPoint point;
    private final List<VolumeSlot> slots;
    private final List<ViewDevice> devices;

    private JournalPoint(Journal journal, OpenPoint point, List<VolumeSlot> slots) {
        this.point = point;
        this.slots = slots;
        this.devices = slots.stream()
                .map(slot -> new ViewDevice(journal.reader(slot, point)))
                .toList();
    }

    /** The points of a store's journals. */
    public static OpenedPoint.Source of(JournalStore store) {
        return (pg, point, volumes) -> open(store, pg, point, volumes);
    }

    private static JournalPoint open(JournalStore store, PgId pg, Point wanted, List<VolumeId> volumes) {
        Journal journal = store.require(pg);
        OpenPoint point = new JournalPoints(journal).open(wanted);
        try {
            return new JournalPoint(journal, point, chosen(pg, point, volumes));
        } catch (RuntimeException refused) {
            point.close();
            throw refused;
        }
    }

    private static List<VolumeSlot> chosen(PgId pg, OpenPoint point, List<VolumeId> volumes) {
        List<VolumeSlot> chosen = new ArrayList<>(point.volumes());
        if (!volumes.isEmpty()) {
            chosen.removeIf(slot -> !volumes.contains(slot.volume()));
        }
        for (VolumeId wanted : volumes) {
            if (chosen.stream().noneMatch(slot -> slot.volume().equals(wanted))) {
                throw new HoldfastException(
                        JournalError.VOLUME_NOT_FOUND,
                        "group %s has no volume %s at LSN %s".formatted(pg, wanted, point.lsn()));
            }
        }
        return List.copyOf(chosen);
    }

    /** The volumes' contents under the numbers of their places. */
    ExportCatalog exports() {
        return new ExportCatalog() {
            @Override
            public Lease open(String name) throws IOException {
                for (int place = 0; place < devices.size(); place++) {
                    if (name.equals(Integer.toString(place))) {
                        return ExportCatalog.leaseOf(devices.get(place), "");
                    }
                }
                throw ExportRefusedException.unknown(name);
            }

            @Override
            public List<Entry> list() {
                return List.of();
            }
        };
    }

    @Override
    public Lsn lsn() {
        return point.lsn();
    }

    @Override
    public Optional<CheckpointId> checkpoint() {
        return point.checkpoint().map(Checkpoint::id);
    }

    @Override
    public List<Volume> volumes() {
        return slots.stream()
                .map(slot -> new Volume(slot.volume(), slot.name(), slot.sizeBytes()))
                .toList();
    }

    @Override
    public void close() {
        point.close();
    }
}
