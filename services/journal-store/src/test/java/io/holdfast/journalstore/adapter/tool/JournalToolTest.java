package io.holdfast.journalstore.adapter.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** journal-tool on a directory with nothing running, sound and damaged. */
class JournalToolTest {
    private static final long START = 1_767_225_600_000_000L;

    @TempDir
    Path folder;

    private final Scenario scenario = new Scenario(11, START);
    private Path data;
    private List<Checkpoint> checkpoints;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void aClosedStoreThatHasAged() {
        data = folder.resolve("data");
        scenario.group.history(Duration.ofSeconds(80));
        try (StoreFixture fixture = new StoreFixture(data, scenario.group).start()) {
            for (int i = 0; i < 150; i++) {
                fixture.put(scenario.next());
            }
            fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(140));
            checkpoints = fixture.points().list(Long.MAX_VALUE, 1000, _ -> true);
            assertThat(fixture.journal().tail().value()).isPositive();
        }
        assertThat(checkpoints).hasSizeGreaterThan(5);
    }

    private int tool(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return JournalTool.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void list_names_journals_volumes_and_checkpoints() throws Exception {
        assertThat(tool("list", data.toString())).isZero();
        assertThat(out.toString())
                .contains(scenario.group.pg.toString())
                .contains(scenario.volume().toString())
                .contains(checkpoints.getFirst().id().toString());

        assertThat(tool("list", data.toString(), "--output", "json", "--limit", "3"))
                .isZero();
        var journal = new ObjectMapper().readTree(out.toString()).get(0);
        assertThat(journal.get("checkpointCount").asInt()).isEqualTo(checkpoints.size());
        assertThat(journal.get("checkpoints")).hasSize(3);
        assertThat(journal.get("checkpoints").get(0).get("id").asText())
                .isEqualTo(checkpoints.getFirst().id().toString());
    }

    @Test
    void write_raw_gives_the_volume_as_it_was_and_overwrites_nothing() throws Exception {
        for (Checkpoint checkpoint : List.of(checkpoints.getLast(), checkpoints.getFirst())) {
            Path raw = folder.resolve(checkpoint.ordinal() + ".raw");
            String at = checkpoint.id().toString();
            assertThat(tool("write-raw", data.toString(), raw.toString(), "--at", at))
                    .isZero();
            assertThat(Scenario.sums(Files.readAllBytes(raw)))
                    .isEqualTo(scenario.expected.get(checkpoint.id().value()));
            assertThat(tool("write-raw", data.toString(), raw.toString(), "--at", at))
                    .isEqualTo(3);
            assertThat(err.toString()).contains("nothing is overwritten");
        }
    }

    @Test
    void a_journals_folder_can_be_moved_and_read_elsewhere() throws Exception {
        Path moved = Files.move(JournalFiles.of(data, scenario.group.pg).directory(), folder.resolve("somewhere"));
        assertThat(tool("verify", moved.toString())).isZero();
        assertThat(out.toString()).contains("sound");
    }

    @Test
    void export_serves_real_clients_until_it_is_stopped() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        JournalTool.class.getName(),
                        "export",
                        data.toString(),
                        "--port",
                        "0")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var lines = process.inputReader()) {
            String uri = null;
            for (String line = lines.readLine(); line != null && uri == null; line = lines.readLine()) {
                Matcher matcher = Pattern.compile("(nbd://\\S+)").matcher(line);
                uri = matcher.find() ? matcher.group(1) : null;
            }
            assertThat(uri).as("the address that the tool prints").isNotNull();
            Path copy = folder.resolve("copy.raw");
            Tools.run("nbdcopy", uri, copy.toString());
            assertThat(Scenario.sums(Files.readAllBytes(copy)))
                    .isEqualTo(scenario.expected.get(checkpoints.getFirst().id().value()));
            process.destroy();
            assertThat(process.waitFor(20, java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void a_wrong_command_says_what_is_allowed() {
        assertThat(tool("list", folder.resolve("nowhere").toString())).isEqualTo(3);
        assertThat(err.toString()).contains("is not a folder");
        assertThat(tool("list", folder.toString())).isEqualTo(3);
        assertThat(err.toString()).contains("holds no journal");
        assertThat(tool("write-raw", data.toString(), folder.resolve("x").toString(), "--at", "yesterday"))
                .isEqualTo(3);
        assertThat(err.toString()).contains("allowed are a checkpoint id");
        assertThat(tool("write-raw", data.toString(), folder.resolve("x").toString(), "--volume", "boot"))
                .isEqualTo(3);
        assertThat(err.toString()).contains(scenario.volume().toString());
        assertThat(tool("export")).isEqualTo(2);
        assertThat(tool("--help")).isZero();
        assertThat(out.toString()).contains("still in Kafka");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    @Test
    void a_directory_that_a_store_uses_is_refused() {
        try (StoreFixture running = new StoreFixture(data, scenario.group).start()) {
            assertThat(running.store.groups()).hasSize(1);
            assertThat(tool("list", data.toString())).isEqualTo(3);
            assertThat(err.toString()).contains("DATA_DIRECTORY_IN_USE");
        }
    }

    @Test
    void a_journal_of_an_unknown_format_is_named_and_the_exit_code_says_so() throws Exception {
        Path manifest = JournalFiles.of(data, scenario.group.pg).manifest();
        Files.writeString(
                manifest,
                Files.readString(manifest)
                        .replace(
                                "\"formatVersion\" : " + Manifest.FORMAT_VERSION,
                                "\"formatVersion\" : " + (Manifest.FORMAT_VERSION + 1)));
        assertThat(tool("list", data.toString())).isEqualTo(3);
        assertThat(out.toString()).contains("FORMAT_VERSION_UNKNOWN");
    }

    @Test
    void a_damaged_blob_is_found_with_its_lsn_and_block() throws Exception {
        Path blob = files(".blob").getFirst();
        // Into the middle of the last record's payload: the footer of a blob file has 32 bytes.
        damage(blob, Files.size(blob) - 32 - 1000);

        assertThat(tool("verify", data.toString())).isEqualTo(1);

        Matcher first = Pattern.compile("DAMAGED, first at LSN (\\d+): volume index 0, block (\\d+)")
                .matcher(out.toString());
        assertThat(first.find()).as("the first bad LSN and block in: %s", out).isTrue();
        long lsn = Long.parseLong(first.group(1));
        try (StoreFixture fixture = new StoreFixture(data, scenario.group).start()) {
            long previous = checkpoints.stream()
                    .mapToLong(one -> one.lsn().value())
                    .filter(one -> one < lsn)
                    .max()
                    .orElseThrow();
            assertThat(Scenario.sums(fixture.read(Point.parse("lsn:" + previous), scenario.volume())))
                    .as("what does not need the bad change still reads")
                    .isIn(scenario.expected.values());
        }
    }

    @Test
    void wherever_a_byte_of_the_database_is_flipped_no_wrong_byte_is_ever_read() throws Exception {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        List<Path> targets = new ArrayList<>(files(".blob"));
        targets.addAll(files(".sst"));
        int noticed = 0;
        for (int round = 0; round < 25; round++) {
            Path target = targets.get(random.nextInt(targets.size()));
            long at = random.nextLong(Files.size(target));
            byte original = damage(target, at);
            noticed += tool("verify", data.toString()) == 0 ? 0 : 1;
            assertNothingWrongIsRead("seed %d, %s at %d".formatted(seed, target.getFileName(), at));
            restore(target, at, original);
        }
        assertThat(tool("verify", data.toString()))
                .as("restored, seed %d", seed)
                .isZero();
        assertThat(noticed).as("of 25 damages noticed by verify, seed %d", seed).isGreaterThan(18);
    }

    private void assertNothingWrongIsRead(String what) throws IOException {
        try (ToolJournals journals = new ToolJournals(data);
                var journal = journals.open(journals.find(null))) {
            var points = new io.holdfast.journalstore.adapter.rocksdb.JournalPoints(journal);
            for (Checkpoint checkpoint : points.list(Long.MAX_VALUE, 4, _ -> true)) {
                try (var point = points.open(new Point.AtCheckpoint(checkpoint.id()))) {
                    ByteBuffer bytes = ByteBuffer.allocate(Scenario.BLOCKS * 4096);
                    journal.reader(point.volumes().getFirst(), point.lsn()).read(0, bytes);
                    assertThat(Scenario.sums(bytes.array()))
                            .as(what)
                            .isEqualTo(scenario.expected.get(checkpoint.id().value()));
                } catch (HoldfastException refused) {
                    // An error is right: the bytes are not there any more.
                }
            }
        } catch (HoldfastException cannotBeOpened) {
            // As well.
        }
    }

    private List<Path> files(String ending) throws IOException {
        try (Stream<Path> all =
                Files.list(JournalFiles.of(data, scenario.group.pg).database())) {
            List<Path> found = all.filter(path -> path.toString().endsWith(ending))
                    .sorted()
                    .toList();
            assertThat(found).as("files %s", ending).isNotEmpty();
            return found;
        }
    }

    private static byte damage(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            byte original = one.get(0);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (original ^ 0x10)}), at);
            return original;
        }
    }

    private static void restore(Path file, long at, byte original) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {original}), at);
        }
    }

    @Test
    void a_point_is_written_in_every_format_and_qemu_reads_the_same_bytes_from_it() throws Exception {
        String at = checkpoints.get(checkpoints.size() / 2).id().toString();
        Path raw = folder.resolve("volume.raw");
        assertThat(tool("write-image", data.toString(), raw.toString(), "--at", at))
                .as("%s%s", out, err)
                .isZero();
        for (String format : List.of("qcow2", "vhdx", "vmdk")) {
            Path image = folder.resolve("volume." + format);
            assertThat(tool("write-image", data.toString(), image.toString(), "--at", at, "--format", format))
                    .as("%s: %s%s", format, out, err)
                    .isZero();
            assertThat(Tools.run("qemu-img", "info", "-f", format, image.toString()))
                    .contains("file format: " + format);
            Tools.run("qemu-img", "compare", "-f", "raw", "-F", format, raw.toString(), image.toString());
        }
        assertThat(tool("write-image", data.toString(), raw + "2", "--at", at, "--format", "vdi"))
                .isEqualTo(3);
        assertThat(err.toString()).contains("raw, qcow2, vhdx and vmdk");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("data", "volume.raw", "volume.qcow2", "volume.vhdx", "volume.vmdk");
        }
    }
}
