package io.holdfast.journalstore.bench;

import io.holdfast.journalstore.adapter.nbd.Fetchers;
import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.server.ServerLimits;
import io.holdfast.proto.v1.ChangesRecord;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Reads recovery images with {@code nbdcopy} and, in the same run and alternating, a raw copy of each that {@code nbdkit file} serves over TCP too. Three
 * images: everything in the history as 64 KiB changes, as 4 KiB changes in random order, and everything aged. The processor time of both servers is shown
 * too: it says the same on a machine that does other things.
 *
 * <p>Arguments: a directory, MiB per image (default 1024), rounds (default 5), start of the name of the images to measure (default all), options of nbdcopy
 * ({@code --connections=1 --requests=1} reads in order). With {@code -Dcold=true} the machine's page cache is dropped before each reading; {@code -Dread-ahead=0}
 * reads nothing ahead.
 */
public final class ImageReadBench {
    private static final long START = 1_767_225_600_000_000L;

    private final Path directory;
    private final long bytes;
    private final int rounds;

    private final List<String> options;

    private ImageReadBench(Path directory, long bytes, int rounds, List<String> options) {
        this.directory = directory;
        this.bytes = bytes;
        this.rounds = rounds;
        this.options = options;
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(arguments[0]), "images");
        long mebibytes = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1024;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        String only = arguments.length > 3 ? arguments[3] : "";
        List<String> options = Arrays.asList(arguments).subList(Math.min(4, arguments.length), arguments.length);
        ImageReadBench bench = new ImageReadBench(directory, mebibytes << 20, rounds, options);
        for (Shape shape : Shape.values()) {
            if (shape.name().startsWith(only)) {
                bench.measure(shape);
            }
        }
    }

    private enum Shape {
        HISTORY_64K(16, false),
        HISTORY_4K_RANDOM(1, false),
        AGED(16, true);

        private final int blocksPerChange;
        private final boolean aged;

        Shape(int blocksPerChange, boolean aged) {
            this.blocksPerChange = blocksPerChange;
            this.aged = aged;
        }
    }

    private void measure(Shape shape) throws Exception {
        TestGroup group = new TestGroup(shape.ordinal()).history(Duration.ofSeconds(1));
        TestAgent agent = group.agent();
        VolumeId volume = group.volume(agent, bytes);
        StoreFixture fixture = new StoreFixture(directory.resolve(shape.name()), group);
        fixture.ageingStepBytes = 128 << 20;
        fixture.start();
        fill(fixture, agent, volume, shape);
        ServerLimits limits = ServerLimits.DEFAULT
                .withPayloadMemoryBytes(128L << 20)
                .withWorkersPerConnection(Integer.getInteger("workers", ServerLimits.DEFAULT.workersPerConnection()));
        try (Fetchers fetchers = new Fetchers(Integer.getInteger("read-ahead", 4), _ -> {});
                NbdServer server = new NbdServer(new JournalExports(fixture.store, _ -> {}, fetchers), limits)) {
            int port = server.listenTcp("127.0.0.1", 0).getPort();
            String image = "nbd://127.0.0.1:%d/%s".formatted(port, JournalExports.nameOf(group.pg, volume, "latest"));
            Path raw = directory.resolve(shape + ".raw");
            run("nbdcopy", image, raw.toString());
            int peerPort = freePort();
            Path ready = directory.resolve(shape + ".pid");
            Process nbdkit = new ProcessBuilder(
                            "nbdkit", "-f", "-i", "127.0.0.1", "-p", "" + peerPort, "-P", "" + ready, "file", "" + raw)
                    .inheritIO()
                    .start();
            try {
                while (!Files.exists(ready) && nbdkit.isAlive()) {
                    Thread.onSpinWait();
                }
                compare(shape.name().toLowerCase(Locale.ROOT), image, "nbd://127.0.0.1:" + peerPort, nbdkit.toHandle());
            } finally {
                nbdkit.destroy();
                nbdkit.waitFor();
            }
            Files.delete(raw);
        }
        fixture.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    private void compare(String name, String image, String peer, ProcessHandle peerServer) throws Exception {
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        double[] oursBusy = new double[rounds];
        double[] theirsBusy = new double[rounds];
        ProcessHandle own = ProcessHandle.current();
        for (int warm = 0; warm < 3; warm++) {
            seconds(image);
        }
        seconds(peer);
        for (int round = 0; round < rounds; round++) {
            theirsBusy[round] = -busySeconds(peerServer);
            theirs[round] = seconds(peer);
            theirsBusy[round] += busySeconds(peerServer);
            oursBusy[round] = -busySeconds(own);
            ours[round] = seconds(image);
            oursBusy[round] += busySeconds(own);
        }
        for (double[] each : List.of(ours, theirs, oursBusy, theirsBusy)) {
            Arrays.sort(each);
        }
        double rate = bytes / 1e6 / ours[rounds / 2];
        double peerRate = bytes / 1e6 / theirs[rounds / 2];
        System.out.printf(
                Locale.ROOT,
                "image_read_%s %.0f MB/s, nbdkit file %.0f MB/s, ratio %.2f; server's processor time for 1 GB: %.2f s, nbdkit's %.2f s%n",
                name,
                rate,
                peerRate,
                rate / peerRate,
                oursBusy[rounds / 2] * 1e9 / bytes,
                theirsBusy[rounds / 2] * 1e9 / bytes);
    }

    /** Processor time of all threads, in the kernel too; in steps of 10 ms. */
    private static double busySeconds(ProcessHandle process) {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private double seconds(String address) throws Exception {
        if (Boolean.getBoolean("cold")) {
            run("sync");
            Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
        }
        List<String> command = new ArrayList<>(List.of("nbdcopy"));
        command.addAll(options);
        command.addAll(List.of(address, "null:"));
        long began = System.nanoTime();
        run(command.toArray(String[]::new));
        return (System.nanoTime() - began) / 1e9;
    }

    private void fill(StoreFixture fixture, TestAgent agent, VolumeId volume, Shape shape) throws IOException {
        Random random = new Random(1);
        long micros = START;
        put(fixture, agent.batch(TestAgent.syncStarted(volume, micros)));
        put(fixture, agent.batch(TestAgent.syncCompleted(volume, micros)));
        put(fixture, fixture.group.checkpoint(UUID.randomUUID(), micros));
        int changes = (int) (bytes / 4096 / shape.blocksPerChange);
        int[] order = new int[changes];
        for (int i = 0; i < changes; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        byte[] payload = new byte[shape.blocksPerChange * 4096];
        List<StreamRecord> records = new ArrayList<>();
        for (int place : order) {
            random.nextBytes(payload);
            records.add(TestAgent.data(volume, (long) place * shape.blocksPerChange, payload.clone(), micros));
            if (records.size() * payload.length >= 1 << 20) {
                micros += 1000;
                put(fixture, agent.batch(records));
                records.clear();
            }
        }
        micros += 1_000_000;
        put(fixture, fixture.group.checkpoint(UUID.randomUUID(), micros));
        fixture.journal().flush();
        if (shape.aged) {
            fixture.ageAll(Instant.now());
        }
        try (OpenPoint point = new JournalPoints(fixture.journal()).open(new Point.Latest())) {
            System.out.printf(
                    "%s: head %s tail %s%n",
                    shape, point.lsn(), fixture.journal().tail());
        }
    }

    private static void put(StoreFixture fixture, ChangesRecord record) {
        fixture.journal().apply(Math.max(0, fixture.journal().nextOffset()), record);
        fixture.journal().commit();
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + " failed");
        }
    }
}
