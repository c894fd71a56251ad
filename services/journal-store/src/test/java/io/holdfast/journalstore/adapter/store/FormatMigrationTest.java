package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.files.ManifestFile;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.tool.JournalTool;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.fixture.OldJournal;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Journals of older formats are brought up to date, and ones of newer formats are left alone. */
class FormatMigrationTest {
    @TempDir
    Path data;

    private OldJournal old;

    @BeforeEach
    void anOldJournal() throws Exception {
        old = new OldJournal(data);
        old.write();
    }

    private JournalStore open(FaultPoints faults) {
        return JournalStore.open(data, new StoreFixture(data, new TestGroup()).options(), faults, () -> Long.MAX_VALUE);
    }

    private byte[] read(Journal journal, UUID checkpoint) throws IOException {
        return read(journal, new Point.AtCheckpoint(new CheckpointId(checkpoint)));
    }

    private byte[] read(Journal journal, Point at) throws IOException {
        try (OpenPoint point = new JournalPoints(journal).open(at)) {
            ByteBuffer bytes = ByteBuffer.allocate(OldJournal.BLOCKS * 4096);
            journal.reader(point.volumes().getFirst(), point.lsn()).read(0, bytes);
            return bytes.array();
        }
    }

    @Test
    void everything_of_a_format_1_journal_is_there_after_its_migration() throws Exception {
        try (JournalStore store = open(FaultPoints.NONE)) {
            Journal journal = store.require(old.pg);
            assertThat(read(journal, OldJournal.HELD)).isEqualTo(old.expected(15));
            assertThat(read(journal, OldJournal.NEWEST)).isEqualTo(old.expected(20));
            List<Checkpoint> checkpoints = new JournalPoints(journal).list(Long.MAX_VALUE, 10, _ -> true);
            assertThat(checkpoints).extracting(Checkpoint::held).containsExactly(false, true);
            assertThat(checkpoints)
                    .as("no digest is made up for the time before the chain")
                    .allMatch(checkpoint -> checkpoint.digest().isEmpty());
            assertThat(journal.nextOffset()).isEqualTo(40);
        }
        assertThat(ManifestFile.read(old.folder().resolve("manifest.json")).formatVersion())
                .isEqualTo(Manifest.FORMAT_VERSION);
        assertThat(tool("verify")).as(out.toString()).isZero();
    }

    @Test
    void a_crash_before_the_manifest_says_so_means_doing_it_again() throws Exception {
        assertThatThrownBy(() -> open(place -> {
                    if (place.equals("migration.done")) {
                        throw new IllegalStateException("died");
                    }
                }))
                .hasMessage("died");
        assertThat(ManifestFile.read(old.folder().resolve("manifest.json")).formatVersion())
                .isEqualTo(1);
        everything_of_a_format_1_journal_is_there_after_its_migration();
    }

    @Test
    void a_format_2_journal_that_stands_where_its_commit_found_it_gets_an_lsn_for_the_present() throws Exception {
        old.commit();
        try (JournalStore store = open(FaultPoints.NONE)) {
            assertPresentAndBranch(store.require(old.pg));
        }
        assertThat(tool("verify")).as(out.toString()).isZero();
        try (JournalStore store = open(FaultPoints.NONE)) {
            assertPresentAndBranch(store.require(old.pg));
        }
    }

    @Test
    void a_crash_while_the_present_gets_its_lsn_does_not_give_it_a_second_one() throws Exception {
        old.commit();
        assertThatThrownBy(() -> open(place -> {
                    if (place.equals("migration.done")) {
                        throw new IllegalStateException("died");
                    }
                }))
                .hasMessage("died");
        try (JournalStore store = open(FaultPoints.NONE)) {
            assertPresentAndBranch(store.require(old.pg));
        }
    }

    private void assertPresentAndBranch(Journal journal) throws IOException {
        assertThat(journal.snapshot().head()).isEqualTo(Lsn.of(21));
        assertThat(read(journal, new Point.AtLsn(Lsn.of(21)))).isEqualTo(old.expected(10));
        assertThat(read(
                        journal,
                        new Point.OnBranch(
                                OldJournal.BRANCH, new Point.AtCheckpoint(new CheckpointId(OldJournal.NEWEST)))))
                .isEqualTo(old.expected(20));
        assertThatThrownBy(() -> read(journal, new Point.AtLsn(Lsn.of(20))))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(JournalError.POINT_ON_BRANCH));
    }

    @Test
    void the_tool_reads_a_format_1_journal_without_migrating_it() throws Exception {
        assertThat(tool("verify")).as(out.toString()).isZero();
        assertThat(out.toString()).contains("sound");
        assertThat(Files.readString(old.folder().resolve("manifest.json"))).contains("\"formatVersion\" : 1");
        assertThat(old.folder().resolve("images")).isDirectoryNotContaining("glob:**.crc");
    }

    @Test
    void a_newer_format_is_refused_with_a_code_and_nothing_is_changed() throws Exception {
        Path manifest = old.folder().resolve("manifest.json");
        String newer = Files.readString(manifest)
                .replace("\"formatVersion\" : 1", "\"formatVersion\" : " + (Manifest.FORMAT_VERSION + 1));
        Files.writeString(manifest, newer);
        try (JournalStore store = open(FaultPoints.NONE)) {
            assertThatThrownBy(() -> store.require(old.pg))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(JournalError.FORMAT_VERSION_UNKNOWN))
                    .hasMessageContaining("versions 1 to " + Manifest.FORMAT_VERSION);
        }
        assertThat(Files.readString(manifest)).isEqualTo(newer);
    }

    private final StringWriter out = new StringWriter();

    private int tool(String command) {
        return JournalTool.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(out))
                .execute(command, data.toString());
    }
}
