package io.holdfast.journalstore.adapter.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.testkit.Eventually;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process, really killed while it exports: what is there afterwards is whole, and says so. */
class ExportSigkillTest {
    private static final int KILLS = 2;

    @TempDir
    Path folder;

    /** @param said its first line */
    private record Child(Process process, String said) {}

    private Child start(String mode) throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        // What a killed process cannot remove goes with the test's folder.
                        "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ExportCrashChild.class.getName(),
                        folder.toString(),
                        mode)
                .redirectErrorStream(true)
                .start();
        List<String> said = new ArrayList<>();
        BufferedReader output = new BufferedReader(new InputStreamReader(child.getInputStream()));
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            said.add(line);
            if (line.equals("ready") || line.startsWith("writer ")) {
                return new Child(child, line);
            }
        }
        throw new AssertionError("the child did not start: " + said);
    }

    private List<ImageExport> takeUp(StoreFixture store, Scenario scenario) {
        try (ImageExports exports = ImageExports.start(
                store.store,
                new ExportOptions(folder.resolve("exports"), 0, Duration.ofHours(1), ImageWriter.QEMU_IMG))) {
            return exports.of(scenario.group.pg);
        }
    }

    @Test
    void a_killed_store_leaves_no_writer_and_nothing_that_looks_whole() throws Exception {
        Child child = start("slow");
        child.process.destroyForcibly().waitFor();
        long writer = Long.parseLong(child.said.substring("writer ".length()));
        Eventually.await(
                "qemu-img %d dies with the store".formatted(writer),
                Duration.ofSeconds(60),
                () -> ProcessHandle.of(writer).filter(ProcessHandle::isAlive).isEmpty());
        Scenario scenario = new Scenario(23, ExportFixture.START);
        try (StoreFixture store = new StoreFixture(folder.resolve("data"), scenario.group).start()) {
            assertThat(takeUp(store, scenario)).hasSize(2).allSatisfy(this::assertInterrupted);
        }
    }

    private void assertInterrupted(ImageExport export) {
        assertThat(export.progress().state()).isEqualTo(ImageExport.State.FAILED);
        assertThat(export.progress().code()).isEqualTo(JournalError.EXPORT_INTERRUPTED.name());
        assertThat(folder.resolve("exports")
                        .resolve(export.id().toString())
                        .toFile()
                        .list())
                .containsExactly("export.json");
    }

    @Test
    void whatever_moment_the_store_dies_an_export_is_whole_or_has_failed() throws Exception {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        int whole = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Child child = start("fast");
            child.process.waitFor(200 + random.nextInt(1200), TimeUnit.MILLISECONDS);
            assertThat(child.process.isAlive())
                    .as("the child goes on until it is killed, seed %d", seed)
                    .isTrue();
            child.process.destroyForcibly().waitFor();
            whole = check(seed);
        }
        assertThat(whole).as("exports that had ended, seed %d", seed).isPositive();
    }

    private int check(long seed) throws Exception {
        Scenario scenario = new Scenario(23, ExportFixture.START);
        try (StoreFixture store = new StoreFixture(folder.resolve("data"), scenario.group).start()) {
            for (int i = 0; i < 60; i++) {
                store.log.add(scenario.next());
            }
            store.catchUp();
            int[] expected = scenario.expected.values().iterator().next();
            List<ImageExport> found = takeUp(store, scenario);
            Path compared = folder.resolve("expected.raw");
            for (ImageExport export : found) {
                if (export.progress().state() != ImageExport.State.DONE) {
                    assertInterrupted(export);
                    continue;
                }
                Path file = folder.resolve("exports")
                        .resolve(export.id().toString())
                        .resolve(export.fileOf(export.volumes().getFirst()));
                if (export.format() == ImageFormat.RAW) {
                    assertThat(Scenario.sums(Files.readAllBytes(file)))
                            .as("a raw export that is DONE, seed %d", seed)
                            .isEqualTo(expected);
                    Files.copy(file, compared, StandardCopyOption.REPLACE_EXISTING);
                } else {
                    Tools.run(
                            "qemu-img",
                            "compare",
                            "-f",
                            "raw",
                            "-F",
                            export.format().text(),
                            compared.toString(),
                            file.toString());
                }
            }
            try (Stream<Path> folders = Files.list(folder.resolve("exports"))) {
                assertThat(folders.filter(Files::isDirectory))
                        .as("folders of exports, seed %d", seed)
                        .hasSameSizeAs(found);
            }
            return (int) found.stream()
                    .filter(export -> export.progress().state() == ImageExport.State.DONE)
                    .count();
        }
    }
}
