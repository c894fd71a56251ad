package io.holdfast.journalstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A point that is open while its journal is opened again without the point's last changes (docs/journal-recovery.md). */
class PointBehindHeadTest {
    private static final UUID CHECKPOINT = UUID.fromString("6e3f0b1c-7a52-4c39-9c0e-2f3f7b0d1a44");

    @TempDir
    Path folder;

    private final TestGroup group = new TestGroup();
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, 64 * 4096);
    private StoreFixture store;

    @BeforeEach
    void aJournalWithACheckpointThatIsNotFlushed() {
        store = new StoreFixture(folder, group).start();
        store.put(agent.batch(
                TestAgent.syncStarted(volume, 1),
                TestAgent.filled(volume, 0, 1, 1, 2),
                TestAgent.syncCompleted(volume, 3)));
        store.journal().flush();
        store.put(agent.batch(TestAgent.filled(volume, 0, 1, 2, 4)));
        store.put(group.checkpoint(CHECKPOINT, 5));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void is_not_read_as_older_than_it_is() {
        try (OpenPoint point = store.points().open(new Point.AtCheckpoint(new CheckpointId(CHECKPOINT)))) {
            store.journal().reopen();

            VolumeSlot slot = point.volumes().getFirst();
            assertThatThrownBy(() -> store.journal()
                            .reader(slot, point.lsn(), Duration.ZERO)
                            .read(0, ByteBuffer.allocate(4096)))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(JournalError.LSN_NOT_REACHED));
        }
    }

    @Test
    void is_read_once_the_journal_has_applied_its_changes_again() throws Exception {
        try (OpenPoint point = store.points().open(new Point.AtCheckpoint(new CheckpointId(CHECKPOINT)))) {
            store.journal().reopen();
            VolumeSlot slot = point.volumes().getFirst();

            CompletableFuture<Byte> read = CompletableFuture.supplyAsync(() -> {
                ByteBuffer bytes = ByteBuffer.allocate(4096);
                try {
                    store.journal().reader(slot, point.lsn()).read(0, bytes);
                } catch (java.io.IOException failed) {
                    throw new java.io.UncheckedIOException(failed);
                }
                return bytes.get(100);
            });
            store.catchUp();

            assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo((byte) 2);
        }
    }
}
