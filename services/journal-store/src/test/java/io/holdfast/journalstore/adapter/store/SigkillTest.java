package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.tool.JournalTool;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.Crc32c;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process, really killed while it applies, flushes and ages; again and again on one directory. */
class SigkillTest {
    private static final int KILLS = 4;

    @TempDir
    Path data;

    @Test
    void whatever_moment_the_process_dies_every_listed_checkpoint_is_whole() throws Exception {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        long reached = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            runAndKill(seed, 400 + random.nextInt(1500));
            assertToolReadsWithoutChanging(seed);
            reached = compare(seed, reached);
        }
        assertThat(reached)
                .as("the killed processes got somewhere, seed %d", seed)
                .isGreaterThan(100);
    }

    private void runAndKill(long seed, long millis) throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        CrashChild.class.getName(),
                        data.toString(),
                        Long.toString(seed))
                .redirectErrorStream(true)
                .start();
        try (var output = new BufferedReader(new InputStreamReader(child.getInputStream()))) {
            String line = output.readLine();
            while (line != null && !line.equals("ready")) {
                line = output.readLine();
            }
            assertThat(line).as("the child starts").isEqualTo("ready");
            assertThat(child.waitFor(millis, TimeUnit.MILLISECONDS))
                    .as("the child does not end by itself")
                    .isFalse();
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    /** Opens what was killed, brings it up to date as Kafka would, and compares. */
    private long compare(long seed, long atLeast) throws IOException {
        Scenario scenario = new Scenario(seed, 1_767_225_600_000_000L);
        scenario.group.history(Duration.ofSeconds(60));
        try (StoreFixture fixture = new StoreFixture(data, scenario.group).start()) {
            long stored = fixture.journal().nextOffset();
            assertThat(stored)
                    .as("durable state never goes back, seed %d", seed)
                    .isGreaterThanOrEqualTo(atLeast);
            for (long offset = 0; offset < stored + 20; offset++) {
                fixture.log.add(scenario.next());
            }
            // From anywhere before: the journal takes what it does not have.
            fixture.replayFrom(Math.max(0, stored - 7));
            List<Checkpoint> listed = fixture.points().list(Long.MAX_VALUE, 1000, _ -> true);
            assertThat(listed).as("checkpoints after the crash, seed %d", seed).isNotEmpty();
            for (Checkpoint checkpoint : listed) {
                assertThat(Scenario.sums(fixture.read(new Point.AtCheckpoint(checkpoint.id()), scenario.volume())))
                        .as("checkpoint %d at LSN %s, seed %d", checkpoint.ordinal(), checkpoint.lsn(), seed)
                        .isEqualTo(scenario.expected.get(checkpoint.id().value()));
            }
            return fixture.journal().nextOffset();
        }
    }

    private void assertToolReadsWithoutChanging(long seed) throws IOException {
        Map<String, Integer> before = contents();
        int verified = tool("verify", data.toString());
        int listed = tool("list", data.toString(), "--output", "json");
        assertThat(verified).as("verify of a killed directory, seed %d", seed).isZero();
        assertThat(listed).isZero();
        assertThat(contents()).as("the tool changes nothing, seed %d", seed).isEqualTo(before);
    }

    private static int tool(String... arguments) {
        return JournalTool.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .execute(arguments);
    }

    private Map<String, Integer> contents() throws IOException {
        Map<String, Integer> found = new TreeMap<>();
        try (Stream<Path> all = Files.walk(data)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                found.put(data.relativize(path).toString(), Crc32c.of(ByteBuffer.wrap(Files.readAllBytes(path))));
            }
        }
        return found;
    }
}
