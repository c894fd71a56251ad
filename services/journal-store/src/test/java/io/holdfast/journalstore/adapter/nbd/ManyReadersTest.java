package io.holdfast.journalstore.adapter.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.store.JournalSlot;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.Crc32c;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.server.ServerLimits;
import io.holdfast.testkit.Eventually;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many clients at different checkpoints while the journal applies and ages: each reads exactly its point, within the bounds of memory. */
class ManyReadersTest {
    private static final int READERS = 16;
    /** Of the readers: real clients, several requests in flight on several connections. */
    private static final int COPYING = 4;

    /** Checkpoints that nobody reads. */
    private static final int OLDEST = 10;

    private static final int WAVES = 3;
    private static final long WINDOW_SECONDS = 200;
    private static final long PAYLOAD_BYTES = 64L << 20;
    private static final long BYTES = Scenario.BLOCKS * 4096L;
    private static final long START = 1_767_225_600_000_000L;
    private static final Duration SOON = Duration.ofSeconds(120);

    @TempDir
    Path folder;

    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());
    private final Scenario scenario = new Scenario(seed, START);
    private final Map<UUID, int[]> expected = new ConcurrentHashMap<>();
    private final AtomicLong appliedMicros = new AtomicLong(START);
    private final AtomicLong tailMovesWhileRead = new AtomicLong();
    /** Written to choose points: they must not expire between being listed and being opened. */
    private final ReadWriteLock goesOn = new ReentrantReadWriteLock(true);

    private final ExecutorService background = Executors.newCachedThreadPool();
    private final List<Future<?>> endless = new ArrayList<>();
    private StoreFixture fixture;
    private NbdServer server;
    private int port;
    private volatile boolean stop;

    @BeforeEach
    void aJournalThatApplies() throws Exception {
        scenario.group.history(Duration.ofSeconds(WINDOW_SECONDS));
        fixture = new StoreFixture(folder.resolve("data"), scenario.group).start();
        server = new NbdServer(
                new JournalExports(fixture.store, _ -> {}, Fetchers.none()),
                ServerLimits.DEFAULT.withPayloadMemoryBytes(PAYLOAD_BYTES));
        port = server.listenTcp("127.0.0.1", 0).getPort();
        endless.add(background.submit(this::apply));
        endless.add(background.submit(this::age));
        Eventually.await(
                "the history is longer than its window",
                SOON,
                () -> fixture.journal().tail().value() > 0);
    }

    @AfterEach
    void close() throws Exception {
        stop = true;
        background.shutdown();
        assertThat(background.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        server.close();
        fixture.close();
    }

    private void apply() {
        for (long offset = 0; !stop; offset++) {
            var record = scenario.next();
            expected.putAll(scenario.expected);
            scenario.expected.clear();
            goesOn.readLock().lock();
            try {
                fixture.journal().apply(offset, record);
                fixture.journal().commit();
                appliedMicros.set(scenario.micros());
            } finally {
                goesOn.readLock().unlock();
            }
        }
    }

    /** The scenario's clock is the journal's: a second for each record. */
    private void age() {
        JournalSlot.Open slot =
                (JournalSlot.Open) fixture.store.slot(scenario.group.pg).orElseThrow();
        while (!stop) {
            goesOn.readLock().lock();
            try {
                long before = fixture.journal().tail().value();
                boolean read = fixture.journal().leases().count() > 0;
                slot.age(Instant.EPOCH.plus(appliedMicros.get(), ChronoUnit.MICROS));
                if (slot.ageingFailure() != null) {
                    throw slot.ageingFailure();
                }
                if (read && fixture.journal().tail().value() > before) {
                    tailMovesWhileRead.incrementAndGet();
                }
            } finally {
                goesOn.readLock().unlock();
            }
        }
    }

    @Test
    void sixteen_readers_at_different_checkpoints_each_read_exactly_their_point() throws Exception {
        Random random = new Random(seed);
        long tail = fixture.journal().tail().value();
        long mostLent = 0;
        for (int wave = 0; wave < WAVES; wave++) {
            List<Future<?>> readers = new ArrayList<>();
            for (Reader reader : openDifferent(random)) {
                readers.add(background.submit(reader));
            }
            for (Future<?> reader : readers) {
                while (!endsSoon(reader)) {
                    mostLent = Math.max(mostLent, server.stats().lentBytes());
                    assertBounded();
                }
            }
        }
        assertThat(mostLent).as("memory of requests, seed %d", seed).isBetween(1L, PAYLOAD_BYTES);
        assertThat(tailMovesWhileRead.get())
                .as("moves of the tail while somebody read, seed %d", seed)
                .isPositive();
        assertThat(fixture.journal().tail().value())
                .as("the tail, seed %d", seed)
                .isGreaterThan(tail);
        Eventually.await(
                "all points are given back",
                SOON,
                () -> fixture.journal().leases().count() == 0);
    }

    private static boolean endsSoon(Future<?> reader) throws Exception {
        try {
            reader.get(20, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
        }
    }

    private void assertBounded() {
        assertThat(fixture.store.memory().usedBytes())
                .as("cache and write buffers, seed %d", seed)
                .isLessThanOrEqualTo(fixture.options().cacheBytes() * 5 / 4);
        assertThat(endless).as("apply and ageing go on, seed %d", seed).noneMatch(Future::isDone);
    }

    private interface Reader extends Callable<Void> {}

    /** Readers of different points of one moment; the oldest points are left out, so that the tail has somewhere to go. */
    private List<Reader> openDifferent(Random random) throws Exception {
        Eventually.await(
                "enough checkpoints",
                SOON,
                () -> fixture.points().list(Long.MAX_VALUE, 1000, _ -> true).size() >= READERS + OLDEST);
        goesOn.writeLock().lock();
        try {
            List<Checkpoint> listed = fixture.points().list(Long.MAX_VALUE, 1000, _ -> true);
            List<Checkpoint> points = new ArrayList<>(listed.subList(0, listed.size() - OLDEST));
            Collections.shuffle(points, random);
            List<Reader> readers = new ArrayList<>();
            for (Checkpoint point : points.subList(0, READERS)) {
                if (readers.size() < COPYING) {
                    OpenPoint held = fixture.points().open(new Point.AtCheckpoint(point.id()));
                    readers.add(() -> copy(point, held));
                } else {
                    NbdClient client = NbdClient.open(new InetSocketAddress("127.0.0.1", port), nameOf(point.id()));
                    long own = random.nextLong();
                    readers.add(() -> read(point, client, new Random(own)));
                }
            }
            return readers;
        } finally {
            goesOn.writeLock().unlock();
        }
    }

    private String nameOf(Object at) {
        return JournalExports.nameOf(scenario.group.pg, scenario.volume(), at);
    }

    private void assertRight(Checkpoint point, int[] sums) {
        assertThat(sums)
                .as("checkpoint %s at LSN %s, seed %d", point.id(), point.lsn(), seed)
                .isEqualTo(expected.get(point.id().value()));
    }

    /** Reads in order, waits until the history has gone on, and reads again in any order over the same connection. */
    private Void read(Checkpoint point, NbdClient client, Random random) throws Exception {
        try (client) {
            int[] sums = new int[Scenario.BLOCKS];
            int chunk = 1 + random.nextInt(64);
            for (int block = 0; block < Scenario.BLOCKS; block += chunk) {
                sum(client, block, Math.min(chunk, Scenario.BLOCKS - block), sums);
            }
            assertRight(point, sums);
            long then = appliedMicros.get();
            Eventually.await(
                    "the history goes on",
                    SOON,
                    () -> appliedMicros.get() > then + 100 * 1_000_000 && tailMovesWhileRead.get() > 0);
            List<Integer> order = new ArrayList<>();
            for (int block = 0; block < Scenario.BLOCKS; block++) {
                order.add(block);
            }
            Collections.shuffle(order, random);
            int[] again = new int[Scenario.BLOCKS];
            for (int block : order) {
                sum(client, block, 1, again);
            }
            assertRight(point, again);
        }
        return null;
    }

    private static void sum(NbdClient client, int block, int blocks, int[] sums) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(blocks * 4096);
        client.read(block * 4096L, bytes);
        for (int i = 0; i < blocks; i++) {
            sums[block + i] = Crc32c.of(bytes.slice(i * 4096, 4096));
        }
    }

    private Void copy(Checkpoint point, OpenPoint held) throws Exception {
        try (held) {
            Path copy = folder.resolve(point.id() + ".raw");
            Tools.run("nbdcopy", "nbd://127.0.0.1:%d/%s".formatted(port, nameOf("lsn:" + held.lsn())), copy.toString());
            assertThat(copy).hasSize(BYTES);
            assertRight(point, Scenario.sums(Files.readAllBytes(copy)));
        }
        return null;
    }
}
