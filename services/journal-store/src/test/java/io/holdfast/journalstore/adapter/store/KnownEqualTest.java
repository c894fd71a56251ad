package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.files.SeedFile;
import io.holdfast.journalstore.adapter.qemu.QemuImg;
import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.seeding.EqualExcept;
import io.holdfast.journalstore.seeding.SeedFormat;
import io.holdfast.journalstore.seeding.SeedNote;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.kernel.ByteRange;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a first sync is told to be equal without a look: by the order of its import, and of nothing else (docs/known-differences.md). */
class KnownEqualTest {
    private static final int REGION = Regions.REGION_BYTES;
    private static final int SIZE = 24 * REGION + 2 * 4096;
    private static final String CAPTURE = "c0ffee-1";
    private static final EqualExcept KNOWN = new EqualExcept(
            CAPTURE, new Regions(List.of(new ByteRange(2L * REGION, 3L * REGION), new ByteRange(24L * REGION, 8192))));

    @TempDir
    Path folder;

    private final TestGroup group = new TestGroup(21);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, SIZE);
    private final byte[] disk = new byte[SIZE];
    private int size = SIZE;
    private StoreFixture fixture;
    private Path images;
    private Seeds seeds;

    @BeforeEach
    void start() throws Exception {
        images = Files.createDirectory(folder.resolve("seeds"));
        new Random(4).nextBytes(disk);
        Files.write(images.resolve("disk.raw"), disk);
        fixture = new StoreFixture(folder.resolve("data"), group).start();
        seeds = newSeeds();
    }

    private Seeds newSeeds() {
        return new Seeds(fixture.store, Optional.of(images), new QemuImg("qemu-img"));
    }

    private void crash() {
        fixture.crash();
        seeds = newSeeds();
    }

    @AfterEach
    void stop() {
        seeds.close();
        fixture.close();
    }

    private Seeds.Order order(EqualExcept known) {
        return new Seeds.Order(
                group.pg, volume, SeedFormat.RAW, "disk.raw", Optional.empty(), Optional.ofNullable(known));
    }

    private SeedTask imported(EqualExcept known) {
        SeedTask task = seeds.start(order(known), "");
        Eventually.await(
                "the import ends",
                Duration.ofSeconds(60),
                () -> seeds.task(group.pg, volume, task.id()).state() != SeedTask.State.RUNNING);
        return seeds.task(group.pg, volume, task.id());
    }

    private StreamPosition begin(SyncKind kind) {
        fixture.put(agent.batch(new SyncStarted(volume, kind, 1)));
        return new StreamPosition(new Epoch(agent.epoch), new Seq(agent.seq));
    }

    private byte[] hashes(StreamPosition from, int chunk, String capture) {
        return fixture.store
                .hashes()
                .of(new HeadHashes.Question(group.pg, agent.id, volume, from, 0, size, chunk, capture));
    }

    /** Real hashes, but 0xfe for each chunk of which nothing lies in the ranges. */
    private byte[] expected(StreamPosition from, int chunk) {
        byte[] all = hashes(from, chunk, "");
        for (int i = 0; i * 32 < all.length; i++) {
            long at = (long) i * chunk;
            if (KNOWN.ranges().areOutside(at, Math.min(SIZE, at + chunk))) {
                Arrays.fill(all, i * 32, i * 32 + 32, (byte) 0xfe);
            }
        }
        return all;
    }

    private void assertKnown(StreamPosition from) {
        byte[] answer = hashes(from, REGION, CAPTURE);
        assertThat(answer).isEqualTo(expected(from, REGION)).isNotEqualTo(hashes(from, REGION, ""));
    }

    private void assertReal(StreamPosition from, String capture) {
        byte[] answer = hashes(from, REGION, capture);
        assertThat(answer).isEqualTo(hashes(from, REGION, ""));
        byte[] known = new byte[32];
        Arrays.fill(known, (byte) 0xfe);
        for (int i = 0; i < answer.length; i += 32) {
            assertThat(Arrays.copyOfRange(answer, i, i + 32)).isNotEqualTo(known);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 16_384, 65_536, 131_072, 1 << 20})
    void chunks_wholly_outside_the_ranges_are_known_and_all_others_are_hashed(int chunk) {
        assertThat(imported(KNOWN).state()).isEqualTo(SeedTask.State.DONE);
        StreamPosition from = begin(SyncKind.INITIAL);

        assertThat(hashes(from, chunk, CAPTURE)).isEqualTo(expected(from, chunk));

        crash();
        fixture.catchUp();
        assertThat(hashes(from, chunk, CAPTURE)).as("after a crash").isEqualTo(expected(from, chunk));
    }

    @Test
    void another_capture_or_none_gets_hashes() {
        imported(KNOWN);
        StreamPosition from = begin(SyncKind.FULL);
        assertReal(from, "c0ffee-2");
        assertKnown(from);
        assertReal(from, "");
    }

    @Test
    void what_is_not_read_may_be_gone_and_is_known_all_the_same() throws Exception {
        imported(KNOWN);
        StreamPosition from = begin(SyncKind.INITIAL);
        byte[] before = expected(from, REGION);
        Path image = fixture.journal().files().images().resolve(volume + ".raw");
        try (var file = new java.io.RandomAccessFile(image.toFile(), "rw")) {
            file.seek(10L * REGION);
            file.write(new byte[REGION]);
        }
        assertThat(hashes(from, REGION, CAPTURE)).as("nothing of it is read").isEqualTo(before);
    }

    @Test
    void later_places_of_the_first_sync_are_its_own_and_its_end_ends_it() {
        imported(KNOWN);
        StreamPosition from = begin(SyncKind.INITIAL);
        fixture.put(agent.batch(TestAgent.filled(volume, 40, 1, 'n', 2)));
        assertKnown(from);
        assertKnown(new StreamPosition(new Epoch(agent.epoch), new Seq(agent.seq)));
        fixture.put(agent.batch(TestAgent.syncCompleted(volume, 3)));
        assertReal(from, CAPTURE);
        crash();
        fixture.catchUp();
        assertReal(from, CAPTURE);
        agent.newEpoch();
        assertReal(begin(SyncKind.FULL), CAPTURE);
    }

    @Test
    void another_sync_of_the_volume_gets_hashes_also_when_the_first_one_never_ended() {
        imported(KNOWN);
        assertKnown(begin(SyncKind.INITIAL));
        agent.newEpoch();
        StreamPosition second = begin(SyncKind.FULL);
        assertReal(second, CAPTURE);
        crash();
        fixture.catchUp();
        assertReal(second, CAPTURE);
    }

    @Test
    void a_gap_ends_what_is_known() {
        imported(KNOWN);
        StreamPosition from = begin(SyncKind.INITIAL);
        agent.seq++;
        fixture.put(agent.batch(TestAgent.filled(volume, 1, 1, 'x', 2)));
        assertReal(from, CAPTURE);
    }

    @Test
    void a_volume_that_was_resized_since_gets_hashes() {
        imported(KNOWN);
        StreamPosition from = begin(SyncKind.INITIAL);
        assertKnown(from);
        size = SIZE + REGION;
        group.grow(volume, size);
        fixture.store.follow(group.policy());
        assertReal(from, CAPTURE);
    }

    @Test
    void only_the_newest_import_counts() {
        imported(KNOWN);
        imported(null);
        assertReal(begin(SyncKind.INITIAL), CAPTURE);
    }

    @Test
    void an_import_that_fails_takes_nothing_from_the_one_before() throws Exception {
        imported(KNOWN);
        Files.write(images.resolve("disk.raw"), Arrays.copyOf(disk, REGION));
        SeedTask refused = imported(KNOWN);
        assertThat(refused.failure().orElseThrow().code()).isEqualTo("SEED_UNUSABLE");
        assertThat(refused.failure().orElseThrow().message()).contains("of the same size");
        assertKnown(begin(SyncKind.INITIAL));
    }

    @ParameterizedTest
    @ValueSource(ints = {SIZE - REGION, SIZE + REGION})
    void an_image_of_another_size_is_taken_only_without_a_claim(int bytes) throws Exception {
        Files.write(images.resolve("disk.raw"), Arrays.copyOf(disk, bytes));
        assertThat(imported(KNOWN).failure().orElseThrow().code()).isEqualTo("SEED_UNUSABLE");
        assertThat(imported(null).state()).isEqualTo(SeedTask.State.DONE);
        assertReal(begin(SyncKind.INITIAL), CAPTURE);
    }

    @Test
    void ranges_beyond_the_volume_are_refused_and_nothing_has_begun() {
        EqualExcept beyond = new EqualExcept(CAPTURE, new Regions(List.of(new ByteRange(24L * REGION, 2L * REGION))));
        assertThatThrownBy(() -> seeds.start(order(beyond), "key"))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(JournalError.INVALID_RANGE));
        assertThat(fixture.journal().files().seeds()).doesNotExist();
    }

    @Test
    void a_repeated_order_that_knows_something_else_finds_the_first() {
        SeedTask first = seeds.start(order(KNOWN), "key");
        for (EqualExcept other : new EqualExcept[] {KNOWN, null, new EqualExcept("other", KNOWN.ranges())}) {
            assertThat(seeds.start(order(other), "key").id()).isEqualTo(first.id());
        }
    }

    private SeedNote note(EqualExcept known, boolean putting) {
        SeedTask running = SeedTask.started(group.pg, volume, SeedFormat.RAW, "disk.raw", Instant.now());
        SeedNote begun = SeedNote.begun(running, "", Optional.empty(), Optional.ofNullable(known), SIZE);
        return putting ? begun.beforePutting() : begun;
    }

    @Test
    void an_import_whose_end_a_crash_cut_off_counts_as_it_is_found() {
        SeedFile.write(fixture.journal().files().seeds(), List.of(note(KNOWN, true)));
        assertReal(begin(SyncKind.INITIAL), CAPTURE);

        crash();
        fixture.catchUp();
        // Its file is gone, so it was put in its place: the sync of before the crash goes on upon it.
        assertKnown(new StreamPosition(new Epoch(agent.epoch), new Seq(agent.seq)));
    }

    @Test
    void an_import_that_may_or_may_not_have_been_put_in_its_place_leaves_nothing_known() {
        SeedNote done = note(KNOWN, true);
        SeedNote unclear = note(null, true);
        SeedFile.write(
                fixture.journal().files().seeds(),
                List.of(
                        done.as(done.task().done(Instant.now())),
                        unclear.as(unclear.task().failed("STORAGE_UNUSABLE", "no", Instant.now()))));
        assertReal(begin(SyncKind.INITIAL), CAPTURE);
    }

    @Test
    void the_notes_of_an_older_version_are_read_and_hold_nothing_that_is_known() throws Exception {
        SeedNote note = note(KNOWN, true);
        Path file = fixture.journal().files().seeds();
        SeedFile.write(file, List.of(note.as(note.task().done(Instant.EPOCH))));
        String without = Files.readString(file)
                .replaceAll("(?s)\\s*\"equalCapture\".*?,\\n", "\n")
                .replaceAll("(?s)\\s*\"equalExcept\" : \\[.*?\\],", "")
                .replaceAll("\\s*\"volumeBytes\" : \\d+,", "");
        assertThat(without).doesNotContain("equal", "volumeBytes");
        Files.writeString(file, without);

        SeedNote old = SeedFile.read(file, group.pg).getFirst();

        assertThat(old.equalExcept()).isEmpty();
        assertThat(old.task().state()).isEqualTo(SeedTask.State.DONE);
        assertReal(begin(SyncKind.INITIAL), CAPTURE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[ 0 ]",
                "[ 0, -1 ]",
                "[ 4096, 65536 ]",
                "[ 0, 65536, 65536, 65536 ]",
                "null",
                "\"x\"",
                "[ 1e99, 2 ]"
            })
    void notes_whose_ranges_are_none_are_not_taken_for_others(String ranges) throws Exception {
        Path file = fixture.journal().files().seeds();
        SeedFile.write(file, List.of(note(KNOWN, true)));
        String written = Files.readString(file);
        String damaged = written.replaceAll("(?s)\"equalExcept\" : \\[.*?\\]", "\"equalExcept\" : " + ranges);
        assertThat(damaged).isNotEqualTo(written);
        Files.writeString(file, damaged);

        assertThatThrownBy(() -> SeedFile.read(file, group.pg))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(CommonError.STORAGE_UNUSABLE));
        assertReal(begin(SyncKind.INITIAL), CAPTURE);
    }
}
