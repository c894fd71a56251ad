package io.holdfast.journalstore.adapter.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.files.ExportFile;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Points as files, made in the background. */
class ImageExportsTest {
    private static final long START = 1_767_225_600_000_000L;
    private static final Duration SOON = Duration.ofSeconds(120);

    @TempDir
    Path folder;

    private final Scenario scenario = new Scenario(23, START);
    private StoreFixture fixture;
    private List<Checkpoint> checkpoints;

    @BeforeEach
    void aHistory() {
        scenario.group.history(Duration.ofSeconds(30));
        fixture = new StoreFixture(folder.resolve("data"), scenario.group).start();
        for (int i = 0; i < 60; i++) {
            fixture.put(scenario.next());
        }
        checkpoints = fixture.points().list(Long.MAX_VALUE, 1000, _ -> true);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private ImageExports open(long reserveBytes) {
        return new ImageExports(fixture.store, Optional.of(folder.resolve("exports")), reserveBytes);
    }

    private ImageExport order(ImageExports exports, Checkpoint at, ImageFormat format) {
        return exports.order(
                new ImageExports.Order(scenario.group.pg, new Point.AtCheckpoint(at.id()), format, List.of(), "", ""));
    }

    private ImageExport awaitEnd(ImageExports exports, ImageExport export) {
        Eventually.await("export " + export.id() + " ends", SOON, () -> exports.require(scenario.group.pg, export.id())
                .progress()
                .state()
                .isEnded());
        return exports.require(scenario.group.pg, export.id());
    }

    private void age() {
        fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(1000));
    }

    @Test
    void exports_hold_their_points_until_they_are_written_and_let_go_of_them_then() throws Exception {
        Checkpoint oldest = checkpoints.getLast();
        try (ImageExports exports = open(0)) {
            ImageExport raw = order(exports, oldest, ImageFormat.RAW);
            ImageExport vhdx = order(exports, oldest, ImageFormat.VHDX);
            age();
            for (ImageExport one : List.of(raw, vhdx)) {
                assertThat(awaitEnd(exports, one).progress())
                        .isEqualTo(new ImageExport.Progress(ImageExport.State.DONE, one.sizeBytes(), ""));
            }
            Path bytes = exports.folder(raw).resolve(raw.volumes().getFirst().file());
            assertThat(Scenario.sums(Files.readAllBytes(bytes)))
                    .isEqualTo(scenario.expected.get(oldest.id().value()));
            Path image = exports.folder(vhdx).resolve(vhdx.volumes().getFirst().file());
            Tools.run("qemu-img", "compare", "-f", "raw", "-F", "vhdx", bytes.toString(), image.toString());
            age();
            assertThat(fixture.journal().tail()).isGreaterThan(oldest.lsn());
        }
        try (ImageExports again = open(0)) {
            assertThat(again.of(scenario.group.pg))
                    .hasSize(2)
                    .allMatch(export -> export.progress().state() == ImageExport.State.DONE);
        }
    }

    @Test
    void what_a_restart_interrupted_shows_as_failed_and_leaves_no_half_file() throws Exception {
        ImageExport done;
        try (ImageExports exports = open(0)) {
            done = awaitEnd(exports, order(exports, checkpoints.getFirst(), ImageFormat.RAW));
        }
        Path place = folder.resolve("exports").resolve(done.id().toString());
        ExportFile.write(place, done.at(4096));
        Path half = place.resolve(done.volumes().getFirst().file() + ".partial");
        Files.write(half, new byte[4096]);
        try (ImageExports again = open(0)) {
            ImageExport found = again.require(scenario.group.pg, done.id());
            assertThat(found.progress().state()).isEqualTo(ImageExport.State.FAILED);
            assertThat(found.progress().problem()).contains("restarted");
            assertThat(half).doesNotExist();
            again.delete(scenario.group.pg, done.id());
            assertThat(place).doesNotExist();
        }
    }

    @Test
    void an_export_that_would_take_the_last_space_fails_and_leaves_nothing_behind() throws Exception {
        try (ImageExports exports = open(Long.MAX_VALUE)) {
            for (ImageFormat format : List.of(ImageFormat.RAW, ImageFormat.QCOW2)) {
                ImageExport failed = awaitEnd(exports, order(exports, checkpoints.getLast(), format));
                assertThat(failed.progress().state()).isEqualTo(ImageExport.State.FAILED);
                assertThat(failed.progress().problem()).startsWith("NO_SPACE");
                try (var files = Files.list(exports.folder(failed))) {
                    assertThat(files.map(file -> file.getFileName().toString())).containsExactly("export.json");
                }
            }
            age();
            assertThat(fixture.journal().tail())
                    .isGreaterThan(checkpoints.getLast().lsn());
        }
    }

    @Test
    void without_a_directory_exports_are_refused_by_name() {
        try (ImageExports exports = new ImageExports(fixture.store, Optional.empty(), 0)) {
            assertThatThrownBy(() -> order(exports, checkpoints.getFirst(), ImageFormat.RAW))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(JournalError.EXPORTS_DISABLED));
        }
    }
}
