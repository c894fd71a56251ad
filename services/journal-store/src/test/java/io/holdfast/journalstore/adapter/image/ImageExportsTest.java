package io.holdfast.journalstore.adapter.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.nbd.Fetchers;
import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.testkit.Eventually;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Points as files, made in the background: whole, or not there. */
class ImageExportsTest {
    @TempDir
    Path folder;

    private ExportFixture fixture;
    private PgId pg;

    @BeforeEach
    void aHistory() {
        fixture = new ExportFixture(folder);
        pg = fixture.scenario.group.pg;
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static void assertRefused(ErrorCode code, Runnable request) {
        assertThatThrownBy(request::run)
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(code));
    }

    @Test
    void in_every_format_an_export_equals_the_recovery_image_of_its_point_which_it_holds_until_it_is_written()
            throws Exception {
        Checkpoint oldest = fixture.checkpoints.getLast();
        try (ImageExports exports = fixture.start();
                // Keeps the recovery image that the files are compared with.
                OpenPoint held = fixture.store.points().open(new Point.AtLsn(oldest.lsn()));
                NbdServer nbd = new NbdServer(new JournalExports(fixture.store.store, _ -> {}, Fetchers.none()))) {
            String image = "nbd://127.0.0.1:%d/%s"
                    .formatted(
                            nbd.listenTcp("127.0.0.1", 0).getPort(),
                            JournalExports.nameOf(pg, fixture.scenario.volume(), "lsn:" + held.lsn()));
            List<ImageExport> ordered = List.of(ImageFormat.values()).stream()
                    .map(format -> fixture.order(exports, format))
                    .toList();
            fixture.age();
            for (ImageExport export : ordered) {
                ImageExport done = fixture.awaitEnd(exports, export);
                assertThat(done.progress())
                        .isEqualTo(new ImageExport.Progress(ImageExport.State.DONE, done.sizeBytes(), "", ""));
                Path file = exports.file(done, done.volumes().getFirst()).orElseThrow();
                Tools.run(
                        "qemu-img", "compare", "-f", "raw", "-F", done.format().text(), image, file.toString());
            }
            Path raw = exports.file(
                            fixture.now(exports, ordered.getFirst()),
                            ordered.getFirst().volumes().getFirst())
                    .orElseThrow();
            assertThat(Scenario.sums(Files.readAllBytes(raw)))
                    .isEqualTo(fixture.scenario.expected.get(oldest.id().value()));
        }
        fixture.assertPointIsGivenBack();
        try (ImageExports again = fixture.start()) {
            assertThat(again.of(pg))
                    .hasSize(ImageFormat.values().length)
                    .allMatch(export -> export.progress().state() == ImageExport.State.DONE)
                    .allMatch(export -> Files.exists(
                            again.file(export, export.volumes().getFirst()).orElseThrow()));
        }
    }

    @Test
    void of_a_group_all_volumes_are_exported_or_those_asked_for_and_never_some_of_them() throws Exception {
        TestGroup group = new TestGroup(5);
        TestAgent agent = group.agent();
        VolumeId one = group.volume(agent, 64 * 4096);
        VolumeId two = group.volume(agent, 96 * 4096);
        String onlyOnce =
                fixture.script("once-qemu-img", "[ -e $0.was ] && kill -9 $$; touch $0.was; exec qemu-img \"$@\"");
        try (StoreFixture both = new StoreFixture(folder.resolve("two"), group).start();
                ImageExports exports = ImageExports.start(both.store, fixture.options(onlyOnce))) {
            for (VolumeId volume : List.of(one, two)) {
                both.put(agent.batch(
                        TestAgent.syncStarted(volume, 1),
                        TestAgent.filled(volume, 3, 9, 7, 1),
                        TestAgent.syncCompleted(volume, 1)));
            }
            both.put(group.checkpoint(UUID.randomUUID(), 2));

            ImageExport half = fixture.awaitEnd(
                    exports,
                    exports.order(
                            new ImageExports.Order(group.pg, new Point.Latest(), ImageFormat.VMDK, List.of(), "")));
            fixture.assertFailed(half, JournalError.CONVERTER_FAILED);
            assertThat(half.progress().doneBytes())
                    .as("the first volume was whole")
                    .isGreaterThanOrEqualTo(64 * 4096);
            assertThat(exports.file(half, half.volumes().getFirst())).isEmpty();

            ImageExport all = fixture.awaitEnd(
                    exports,
                    exports.order(
                            new ImageExports.Order(group.pg, new Point.Latest(), ImageFormat.RAW, List.of(), "")));
            assertThat(fixture.files(all)).contains(one + ".raw", two + ".raw");
            ImageExport second = fixture.awaitEnd(
                    exports,
                    exports.order(new ImageExports.Order(
                            group.pg, new Point.Latest(), ImageFormat.RAW, List.of(two, two), "")));
            assertThat(second.volumes()).extracting(ImageExport.Volume::volume).containsExactly(two);
            assertThat(exports.file(second, second.volumes().getFirst()).orElseThrow())
                    .hasSize(96 * 4096);
            assertRefused(
                    JournalError.VOLUME_NOT_FOUND,
                    () -> exports.order(new ImageExports.Order(
                            group.pg, new Point.Latest(), ImageFormat.RAW, List.of(VolumeId.random()), "")));
        }
    }

    @Test
    void without_its_program_a_format_fails_by_name_and_raw_works() throws Exception {
        try (ImageExports exports = fixture.start(folder.resolve("no-qemu-img").toString())) {
            ImageExport failed = fixture.awaitEnd(exports, fixture.order(exports, ImageFormat.QCOW2));
            fixture.assertFailed(failed, JournalError.CONVERTER_MISSING);
            ImageExport raw = fixture.awaitEnd(exports, fixture.order(exports, ImageFormat.RAW));
            assertThat(raw.progress().state()).isEqualTo(ImageExport.State.DONE);
        }
    }

    @Test
    void when_its_program_is_killed_the_export_fails_and_the_next_one_goes_on() throws Exception {
        try (ImageExports exports = fixture.start(fixture.slowQemuImg())) {
            ImageExport slow = fixture.order(exports, ImageFormat.VHDX);
            ImageExport next = fixture.order(exports, ImageFormat.RAW);
            fixture.awaitWriter(slow).destroyForcibly();
            ImageExport failed = fixture.awaitEnd(exports, slow);
            fixture.assertFailed(failed, JournalError.CONVERTER_FAILED);
            assertThat(failed.progress().problem()).contains("exit code 137");
            assertThat(fixture.awaitEnd(exports, next).progress().state()).isEqualTo(ImageExport.State.DONE);
            fixture.assertPointIsGivenBack();
        }
    }

    @Test
    void a_deleted_export_is_gone_at_once_and_its_writer_and_files_soon_after() throws Exception {
        try (ImageExports exports = fixture.start(fixture.slowQemuImg())) {
            ImageExport running = fixture.order(exports, ImageFormat.QCOW2);
            ImageExport waiting = fixture.order(exports, ImageFormat.RAW);
            ProcessHandle writer = fixture.awaitWriter(running);
            exports.delete(new PgId(UUID.randomUUID()), running.id());
            assertThat(exports.of(pg)).as("of another group nothing is deleted").hasSize(2);

            exports.delete(pg, waiting.id());
            exports.delete(pg, running.id());
            exports.delete(pg, running.id());
            assertThat(exports.of(pg)).isEmpty();
            fixture.assertPointIsGivenBack();
            fixture.assertDies(writer);
            Eventually.await("the folders are removed", Duration.ofSeconds(60), () -> fixture.directories()
                    .isEmpty());
        }
    }

    @Test
    void after_its_time_an_export_gives_its_point_back_whether_it_runs_or_waits() throws Exception {
        try (ImageExports exports = fixture.start(fixture.slowQemuImg())) {
            ImageExport running = fixture.order(exports, ImageFormat.QCOW2);
            ImageExport waiting = fixture.order(exports, ImageFormat.RAW);
            ProcessHandle writer = fixture.awaitWriter(running);
            exports.expire(running.orderedAt().plus(ExportFixture.LIMIT).minusMillis(1));
            assertThat(exports.of(pg)).noneMatch(ImageExport::isEnded);
            fixture.age();
            assertThat(fixture.store.journal().tail()).isEqualTo(running.lsn());

            exports.expire(waiting.orderedAt().plus(ExportFixture.LIMIT));
            fixture.assertPointIsGivenBack();
            fixture.assertFailed(fixture.awaitEnd(exports, running), JournalError.EXPORT_TIMED_OUT);
            fixture.assertFailed(fixture.awaitEnd(exports, waiting), JournalError.EXPORT_TIMED_OUT);
            fixture.assertDies(writer);
        }
    }

    @Test
    void what_a_stop_interrupts_shows_as_failed_after_the_next_start() throws Exception {
        ImageExport running;
        ImageExport waiting;
        ProcessHandle writer;
        try (ImageExports exports = fixture.start(fixture.slowQemuImg())) {
            running = fixture.order(exports, ImageFormat.QCOW2);
            waiting = fixture.order(exports, ImageFormat.RAW);
            writer = fixture.awaitWriter(running);
        }
        assertThat(writer.isAlive()).isFalse();
        fixture.assertPointIsGivenBack();
        try (ImageExports again = fixture.start()) {
            fixture.assertFailed(fixture.now(again, running), JournalError.EXPORT_INTERRUPTED);
            fixture.assertFailed(fixture.now(again, waiting), JournalError.EXPORT_INTERRUPTED);
        }
    }

    @Test
    void an_export_that_would_take_the_last_space_fails_or_is_refused_and_leaves_nothing_behind() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        ExportOptions options =
                new ExportOptions(fixture.directory(), 1 << 20, ExportFixture.LIMIT, ImageWriter.QEMU_IMG);
        // There is room when it is ordered, and never again.
        try (ImageExports exports = ImageExports.start(
                fixture.store.store,
                options,
                new ExportDirectory(fixture.directory()),
                () -> looks.getAndIncrement() == 0 ? 1 << 20 : (1 << 20) - 1)) {
            for (ImageFormat format : List.of(ImageFormat.RAW, ImageFormat.QCOW2)) {
                looks.set(0);
                fixture.assertFailed(fixture.awaitEnd(exports, fixture.order(exports, format)), JournalError.NO_SPACE);
            }
            assertRefused(JournalError.NO_SPACE, () -> fixture.order(exports, ImageFormat.RAW));
            fixture.assertPointIsGivenBack();
        }
    }

    @Test
    void a_point_that_cannot_be_read_fails_by_the_reason_and_not_by_the_programs_words() throws Exception {
        fixture.age();
        Path image = JournalFiles.of(fixture.store.data, pg).images().resolve(fixture.scenario.volume() + ".raw");
        try (RandomAccessFile bytes = new RandomAccessFile(image.toFile(), "rw")) {
            for (int block = 0; block < Scenario.BLOCKS; block++) {
                bytes.seek(block * 4096L + 77);
                int found = bytes.read();
                bytes.seek(block * 4096L + 77);
                bytes.write(found ^ 1);
            }
        }
        try (ImageExports exports = fixture.start()) {
            for (ImageFormat format : ImageFormat.values()) {
                ImageExport failed = fixture.awaitEnd(
                        exports, exports.order(new ImageExports.Order(pg, new Point.Latest(), format, List.of(), "")));
                fixture.assertFailed(failed, JournalError.JOURNAL_DAMAGED);
            }
        }
    }

    @Test
    void an_export_outlives_its_journal_and_one_that_still_had_to_read_it_fails_by_name() throws Exception {
        try (ImageExports exports = fixture.start(fixture.slowQemuImg())) {
            ImageExport done = fixture.awaitEnd(exports, fixture.order(exports, ImageFormat.RAW));
            ImageExport running = fixture.order(exports, ImageFormat.QCOW2);
            ImageExport waiting = fixture.order(exports, ImageFormat.RAW);
            fixture.awaitWriter(running);
            fixture.store.store.follow(
                    fixture.scenario.group.state(JournalPolicy.State.REMOVED).policy());
            fixture.store.store.delete(pg);
            exports.delete(pg, running.id());
            fixture.assertFailed(fixture.awaitEnd(exports, waiting), JournalError.JOURNAL_NOT_FOUND);
            assertThat(exports.file(done, done.volumes().getFirst()).orElseThrow())
                    .exists();
            assertRefused(JournalError.JOURNAL_NOT_FOUND, () -> fixture.order(exports, ImageFormat.RAW));
            exports.delete(pg, done.id());
            assertThat(exports.of(pg)).containsExactly(fixture.now(exports, waiting));
        }
    }

    @Test
    void the_same_key_orders_once_also_after_a_restart_and_never_something_else() {
        ImageExports.Order order = new ImageExports.Order(pg, new Point.Latest(), ImageFormat.RAW, List.of(), "key");
        ImageExport first;
        try (ImageExports exports = fixture.start()) {
            first = exports.order(order);
            assertThat(exports.order(order).id()).isEqualTo(first.id());
            fixture.awaitEnd(exports, first);
        }
        try (ImageExports again = fixture.start()) {
            assertThat(again.order(order).id()).isEqualTo(first.id());
            assertRefused(
                    CommonError.IDEMPOTENCY_KEY_REUSED,
                    () -> again.order(
                            new ImageExports.Order(pg, new Point.Latest(), ImageFormat.VMDK, List.of(), "key")));
            again.delete(pg, first.id());
            ImageExport other = again.order(order);
            assertThat(other.id()).isNotEqualTo(first.id());
            fixture.awaitEnd(again, other);
        }
    }

    @Test
    void no_more_exports_are_taken_than_the_limit_says() throws Exception {
        try (ImageExports exports = fixture.start(fixture.slowQemuImg())) {
            ImageExport first = fixture.order(exports, ImageFormat.QCOW2);
            for (int i = 1; i < ImageExports.LIMIT; i++) {
                fixture.order(exports, ImageFormat.RAW);
            }
            assertRefused(JournalError.TOO_MANY_OPEN, () -> fixture.order(exports, ImageFormat.RAW));
            exports.delete(pg, exports.of(pg).getLast().id());
            fixture.order(exports, ImageFormat.RAW);
            assertThat(exports.count(ImageExport.State.WAITING)).isEqualTo(ImageExports.LIMIT - 1);
            assertThat(fixture.now(exports, first).progress().state()).isEqualTo(ImageExport.State.RUNNING);
            exports.expire(Instant.MAX);
        }
    }

    @Test
    void a_directory_is_one_stores_alone_and_what_is_not_an_export_stays_in_it() throws Exception {
        UUID deleted = UUID.randomUUID();
        Files.createDirectories(fixture.directory().resolve(deleted + ".deleted"));
        Files.writeString(fixture.directory().resolve(deleted + ".deleted").resolve("f.raw"), "x");
        Files.createDirectories(fixture.directory().resolve(UUID.randomUUID().toString()));
        Path others = Files.createDirectories(fixture.directory().resolve("somebody.deleted"));
        Path unknown = Files.createDirectories(
                fixture.directory().resolve(UUID.randomUUID().toString()));
        Files.writeString(unknown.resolve("export.json"), "{\"formatVersion\": 99}");
        try (ImageExports exports = fixture.start()) {
            assertThat(fixture.directories())
                    .containsExactlyInAnyOrder(
                            others.getFileName().toString(),
                            unknown.getFileName().toString());
            assertThat(exports.of(pg)).isEmpty();
            assertRefused(JournalError.DATA_DIRECTORY_IN_USE, fixture::start);
        }
        ExportOptions journals = new ExportOptions(fixture.store.data, 0, ExportFixture.LIMIT, ImageWriter.QEMU_IMG);
        assertRefused(JournalError.DATA_DIRECTORY_IN_USE, () -> ImageExports.start(fixture.store.store, journals));
        try (ImageExports none = ImageExports.disabled(fixture.store.store)) {
            assertRefused(JournalError.EXPORTS_DISABLED, () -> fixture.order(none, ImageFormat.RAW));
        }
    }
}
