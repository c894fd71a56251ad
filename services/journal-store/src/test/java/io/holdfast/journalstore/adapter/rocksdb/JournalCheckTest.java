package io.holdfast.journalstore.adapter.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.OldJournal;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/**
 * Every kind of damage is found and named. Change n, of two blocks, goes to block 2n; every tenth is followed by a checkpoint; 1 to 40 are aged.
 */
class JournalCheckTest {
    private static final long START = 1_767_225_600_000_000L;
    private static final int CHANGES = 100;

    @TempDir
    Path data;

    private final TestGroup group = new TestGroup();
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, 4L * CHANGES * 4096);
    private StoreFixture fixture;

    @BeforeEach
    void aJournal() {
        group.history(Duration.ofSeconds(60));
        fixture = new StoreFixture(data, group).start();
        fixture.put(agent.batch(TestAgent.syncStarted(volume, START), TestAgent.syncCompleted(volume, START)));
        for (int lsn = 1; lsn <= CHANGES; lsn++) {
            fixture.put(agent.batch(TestAgent.filled(volume, 2L * lsn, 2, lsn, START + lsn * 1_000_000L)));
            if (lsn % 10 == 0) {
                fixture.put(group.checkpoint(new UUID(0, lsn), START + lsn * 1_000_000L));
            }
        }
        fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(100));
        assertThat(fixture.journal().tail().value()).isEqualTo(40);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private List<Finding> findings() {
        return new JournalCheck(fixture.journal()).toTheEnd().findings();
    }

    private interface Tampering {
        void with(JournalDb db) throws RocksDBException;
    }

    private void tamper(Tampering tampering) {
        fixture.journal().using(opened -> {
            try {
                tampering.with(opened.db);
            } catch (RocksDBException failure) {
                throw new IllegalStateException(failure);
            }
            return null;
        });
    }

    @Test
    void a_sound_journal_is_read_whole_and_nothing_is_found() {
        JournalCheck.Report report = new JournalCheck(fixture.journal()).toTheEnd();
        assertThat(report.findings()).isEmpty();
        assertThat(report.changes()).isEqualTo(60);
        assertThat(report.indexEntries()).isEqualTo(120);
        assertThat(report.checkpoints()).isEqualTo(7);
        assertThat(report.imageBytes()).isGreaterThanOrEqualTo(80 * 4096);
    }

    @Test
    void a_flipped_payload_bit_names_lsn_and_blocks() {
        tamper(db -> {
            byte[] value = db.rocks().get(db.changes(), Layout.changeKey(55, 0));
            value[PartHeader.BYTES + 5000] ^= 4;
            db.rocks().put(db.changes(), Layout.changeKey(55, 0), value);
        });
        assertThat(findings())
                .containsExactly(new Finding(
                        Finding.Kind.CHANGE, 55, 0, 110, 2, "the change's payload does not match its checksum"));
    }

    @Test
    void a_change_whose_header_is_lost_is_named_with_the_blocks_that_the_index_knows() {
        tamper(db -> {
            byte[] value = db.rocks().get(db.changes(), Layout.changeKey(77, 0));
            value[3] ^= 4;
            db.rocks().put(db.changes(), Layout.changeKey(77, 0), value);
        });
        assertThat(findings())
                .containsExactly(new Finding(
                        Finding.Kind.CHANGE, 77, 0, 154, 2, "the change's header does not match its checksum"));
    }

    @Test
    void a_change_that_is_gone_is_named_with_the_blocks_that_the_index_knows() {
        tamper(db -> db.rocks().delete(db.changes(), Layout.changeKey(60, 0)));
        assertThat(findings())
                .containsExactly(new Finding(Finding.Kind.CHANGE, 60, 0, 120, 2, "changes are missing before LSN 61"));
        tamper(db -> db.rocks().delete(db.changes(), Layout.changeKey(100, 0)));
        assertThat(findings()).extracting(Finding::lsn).containsExactly(60L, 100L);
    }

    @Test
    void two_sound_changes_that_stand_in_each_others_place_are_found_by_the_chain() {
        tamper(db -> {
            // The same blocks, so index and headers agree; only the order is not the one that was applied.
            byte[] value = db.rocks().get(db.changes(), Layout.changeKey(64, 0));
            byte[] other = db.rocks().get(db.changes(), Layout.changeKey(65, 0));
            ByteBuffer header = ByteBuffer.wrap(value);
            header.putLong(16, ByteBuffer.wrap(other).getLong(16));
            header.putInt(28, PartHeader.crcOf(header, 28));
            db.rocks().put(db.changes(), Layout.changeKey(64, 0), value);
        });
        List<Finding> found = findings();
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().kind()).isEqualTo(Finding.Kind.CHAIN);
        assertThat(found.getFirst().lsn())
                .as("first LSN behind the last good digest")
                .isEqualTo(61);
        assertThat(found.getFirst().what()).contains("LSN 61 to 70").contains(new UUID(0, 70).toString());
    }

    @Test
    void a_change_of_the_newest_part_that_has_no_checkpoint_yet_is_chained_as_well() {
        fixture.put(agent.batch(TestAgent.filled(volume, 0, 1, 9, START + 200_000_000L)));
        tamper(db -> {
            byte[] value = db.rocks().get(db.changes(), Layout.changeKey(101, 0));
            ByteBuffer header = ByteBuffer.wrap(value);
            header.putLong(16, 17);
            header.putInt(28, PartHeader.crcOf(header, 28));
            db.rocks().put(db.changes(), Layout.changeKey(101, 0), value);
        });
        assertThat(findings())
                .extracting(Finding::kind, Finding::lsn)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(Finding.Kind.CHAIN, 101L));
    }

    @Test
    void an_index_entry_that_is_missing_or_wrong_or_of_no_change_is_named() {
        tamper(db -> {
            ByteBuffer key = ByteBuffer.allocate(Layout.INDEX_KEY_BYTES);
            Layout.indexKey(key, 0, Layout.LEVEL_BLOCK, 101, 50);
            db.rocks().delete(db.index(), key.array());
            Layout.indexKey(key, 0, Layout.LEVEL_BLOCK, 180, 90);
            db.rocks().put(db.index(), key.array(), new byte[] {1});
        });
        assertThat(findings())
                .containsExactly(
                        new Finding(Finding.Kind.INDEX, 50, 0, 101, 1, "the index entry is missing or wrong"),
                        new Finding(Finding.Kind.INDEX, 90, 0, 180, 1, "the index entry is missing or wrong"));
    }

    @Test
    void an_index_entry_too_many_is_noticed() {
        tamper(db -> {
            ByteBuffer key = ByteBuffer.allocate(Layout.INDEX_KEY_BYTES);
            Layout.indexKey(key, 0, Layout.LEVEL_BLOCK, 399, 50);
            db.rocks().put(db.index(), key.array(), new byte[] {0});
        });
        assertThat(findings()).hasSize(1);
        assertThat(findings().getFirst().what()).contains("entries that no change needs");
    }

    @Test
    void a_flipped_bit_in_an_image_names_the_block_in_data_and_in_holes() throws Exception {
        Path image = fixture.journal().files().images().resolve(volume + ".raw");
        flip(image, 33 * 4096 + 7);
        flip(image, 300 * 4096 + 7);
        assertThat(findings())
                .containsExactly(
                        new Finding(Finding.Kind.IMAGE, -1, 0, 33, 1, "the replica image does not match its checksum"),
                        new Finding(
                                Finding.Kind.IMAGE, -1, 0, 300, 1, "the replica image does not match its checksum"));
    }

    private static void flip(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), at);
        }
    }

    @Test
    void a_checkpoint_that_cannot_be_read_is_named() {
        tamper(db -> db.rocks().put(db.checkpoints(), Layout.tagged(Layout.CHECKPOINT, 8), new byte[] {1, 2}));
        assertThat(findings()).extracting(Finding::kind).containsExactly(Finding.Kind.CHECKPOINT);
    }

    @Test
    void ageing_between_the_steps_of_a_pass_is_no_damage() {
        JournalCheck check = new JournalCheck(fixture.journal());
        check.step();
        fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(130));
        assertThat(fixture.journal().tail().value()).isEqualTo(70);
        assertThat(check.toTheEnd().findings()).isEmpty();
    }

    @Test
    void an_image_that_is_older_than_checksums_gets_them_by_the_first_pass() throws Exception {
        Path other = data.resolve("other");
        OldJournal old = new OldJournal(other);
        old.write();
        var options = fixture.options();
        try (var store = io.holdfast.journalstore.adapter.store.JournalStore.open(other, options)) {
            Journal journal = store.require(old.pg);
            Path image = old.folder().resolve("images").resolve(old.volume + ".raw");
            assertThat(new JournalCheck(journal).toTheEnd().findings()).isEmpty();
            flip(image, 5 * 4096);
            assertThat(new JournalCheck(journal).toTheEnd().findings())
                    .extracting(Finding::kind, Finding::block)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(Finding.Kind.IMAGE, 5L));
        }
    }
}
