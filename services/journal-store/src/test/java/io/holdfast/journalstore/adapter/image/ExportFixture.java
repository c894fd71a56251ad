package io.holdfast.journalstore.adapter.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.files.ExportFile;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A history with checkpoints, and exports of it that are as slow as a test needs. */
final class ExportFixture implements AutoCloseable {
    static final long START = 1_767_225_600_000_000L;
    static final Duration LIMIT = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofSeconds(120);

    final Path folder;
    final Scenario scenario = new Scenario(23, START);
    final StoreFixture store;
    final List<Checkpoint> checkpoints;

    ExportFixture(Path folder) {
        this.folder = folder;
        scenario.group.history(Duration.ofSeconds(30));
        store = new StoreFixture(folder.resolve("data"), scenario.group).start();
        for (int i = 0; i < 60; i++) {
            store.log.add(scenario.next());
        }
        store.catchUp();
        checkpoints = store.points().list(Long.MAX_VALUE, 1000, _ -> true);
    }

    Path directory() {
        return folder.resolve("exports");
    }

    ExportOptions options(String qemuImg) {
        return new ExportOptions(directory(), 0, LIMIT, qemuImg);
    }

    ImageExports start() {
        return start(ImageWriter.QEMU_IMG);
    }

    ImageExports start(String qemuImg) {
        return ImageExports.start(store.store, options(qemuImg));
    }

    /** The real program, which takes hours: it writes 4 KiB, and then waits until what it has written fits the rate. */
    String slowQemuImg() throws IOException {
        return script("slow-qemu-img", "shift; exec qemu-img convert -r 100 \"$@\"");
    }

    String script(String name, String line) throws IOException {
        Path script = folder.resolve(name);
        Files.writeString(script, "#!/bin/sh\n" + line + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script.toString();
    }

    ImageExports.Order orderOf(Checkpoint at, ImageFormat format) {
        return new ImageExports.Order(scenario.group.pg, new Point.AtCheckpoint(at.id()), format, List.of(), "");
    }

    ImageExport order(ImageExports exports, ImageFormat format) {
        return exports.order(orderOf(checkpoints.getLast(), format));
    }

    ImageExport now(ImageExports exports, ImageExport export) {
        return exports.require(export.pg(), export.id());
    }

    ImageExport awaitEnd(ImageExports exports, ImageExport export) {
        Eventually.await("export %s ends".formatted(export), SOON, () -> now(exports, export)
                .isEnded());
        return now(exports, export);
    }

    /** The process that writes an export; waits until it has begun. */
    ProcessHandle awaitWriter(ImageExport export) {
        Path partial = ImageWriter.partialOf(directory()
                .resolve(export.id().toString())
                .resolve(export.fileOf(export.volumes().getFirst())));
        Eventually.await("%s grows".formatted(partial), SOON, () -> Files.exists(partial) && Files.size(partial) > 0);
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info()
                        .arguments()
                        .map(List::of)
                        .orElse(List.of())
                        .contains(partial.toString()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody writes " + partial));
    }

    void assertDies(ProcessHandle process) {
        Eventually.await("process %d is gone".formatted(process.pid()), SOON, () -> !process.isAlive());
    }

    void assertFailed(ImageExport export, Enum<?> code) throws IOException {
        assertThat(export.progress().state()).as("%s", export.progress()).isEqualTo(ImageExport.State.FAILED);
        assertThat(export.progress().code()).as("%s", export.progress()).isEqualTo(code.name());
        assertThat(files(export)).containsExactly(ExportFile.NAME);
    }

    List<String> files(ImageExport export) throws IOException {
        try (Stream<Path> files = Files.list(directory().resolve(export.id().toString()))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    List<String> directories() throws IOException {
        try (Stream<Path> folders = Files.list(directory())) {
            return folders.filter(Files::isDirectory)
                    .sorted(Comparator.naturalOrder())
                    .map(path -> path.getFileName().toString())
                    .toList();
        }
    }

    /** Moves the tail as far as leases allow. */
    void age() {
        store.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(1000));
    }

    void assertPointIsGivenBack() {
        age();
        assertThat(store.journal().tail())
                .as("the tail, after ageing past the exported point")
                .isGreaterThan(checkpoints.getLast().lsn());
    }

    @Override
    public void close() {
        store.close();
    }
}
