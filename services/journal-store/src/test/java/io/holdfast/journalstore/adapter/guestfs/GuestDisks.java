package io.holdfast.journalstore.adapter.guestfs;

import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A store with a group whose volumes are given images. */
final class GuestDisks implements AutoCloseable {
    private static final int PIECE = 256 << 10;
    private static final int BATCH_BYTES = 2 << 20;

    final TestGroup group = new TestGroup(65);
    final TestAgent agent = group.agent();
    final List<VolumeId> volumes = new ArrayList<>();
    final StoreFixture store;
    private final List<Path> images;
    private long micros = 1_767_225_600_000_000L;

    GuestDisks(Path folder, List<Path> images) throws IOException {
        this.images = images;
        for (Path image : images) {
            volumes.add(group.volume(agent, Files.size(image)));
        }
        store = new StoreFixture(folder.resolve("data"), group).start();
        for (VolumeId volume : volumes) {
            store.put(agent.batch(TestAgent.syncStarted(volume, ++micros)));
        }
    }

    /** Replicates the images and cuts a checkpoint. */
    Point sync() throws IOException {
        for (int i = 0; i < images.size(); i++) {
            replicate(volumes.get(i), images.get(i));
            store.put(agent.batch(TestAgent.syncCompleted(volumes.get(i), ++micros)));
            // The list of records is not read again.
            store.log.replaceAll(record ->
                    record == null ? null : record.toBuilder().clearBatch().build());
        }
        return checkpoint();
    }

    Point checkpoint() {
        UUID id = UUID.randomUUID();
        store.put(group.checkpoint(id, ++micros));
        return new Point.AtCheckpoint(CheckpointId.parse(id.toString()));
    }

    private void replicate(VolumeId volume, Path image) throws IOException {
        List<StreamRecord> records = new ArrayList<>();
        try (var in = Files.newInputStream(image)) {
            long at = 0;
            int held = 0;
            for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
                if (!isZero(piece)) {
                    records.add(TestAgent.data(volume, at / 4096, piece, ++micros));
                    held += piece.length;
                }
                at += piece.length;
                if (held >= BATCH_BYTES) {
                    store.put(agent.batch(records));
                    records.clear();
                    held = 0;
                }
            }
        }
        if (!records.isEmpty()) {
            store.put(agent.batch(records));
        }
    }

    private static boolean isZero(byte[] bytes) {
        for (byte one : bytes) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        store.close();
    }
}
