package io.holdfast.replicationagent.quiesce;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.testkit.guest.Ext4;
import io.holdfast.testkit.guest.GuestDisk;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.PostgresDisks;
import io.holdfast.testkit.guest.RunningGuest;
import io.holdfast.testkit.guest.SqliteFile;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases on the protected disk of a real guest: what an APP checkpoint holds needs no repair. */
class DatabasesInARealGuestTest {
    private static GuestImage image;

    @BeforeAll
    static void build() {
        image = GuestImage.build(GuestParts.find(), GuestScene.EVIDENCE, Map.of());
    }

    /** No repair: clean file system, SQLite's own check finds nothing, money is neither made nor lost, every commit that was told is there. */
    @Test
    void sqliteUnderLoadIsWholeAndHasEveryCommitFromBeforeTheFreeze(@TempDir Path folder) throws Exception {
        int diskBytes = 32 << 20;
        try (GuestScene scene = new GuestScene(
                folder,
                diskBytes,
                disk -> Ext4.create(disk, diskBytes, Optional.empty()),
                "",
                GuestSpec.running(image, "sqlite"))) {
            for (int round = 1; round <= 3; round++) {
                scene.guest.awaitDone(scene.guest.done() + 30, GuestScene.PATIENCE);
                long committed = scene.guest.done();
                GuestScene.App app = scene.cutApp();
                Path disk = scene.imageAt(app.checkpoint(), "sqlite" + round);
                assertThat(Ext4.judge(disk).isClean())
                        .as("%s", Ext4.judge(disk))
                        .isTrue();
                Path found = Files.createDirectories(folder.resolve("found" + round));
                SqliteFile bank = SqliteFile.extract(GuestParts.find(), disk, "/bank.db", found);
                assertThat(bank.query("PRAGMA integrity_check")).isEqualTo("ok");
                assertThat(bank.query("SELECT sum(balance) FROM account")).isEqualTo("100000");
                assertThat(Long.parseLong(bank.query("SELECT count(*) FROM entry")))
                        .isGreaterThanOrEqualTo(committed);
                assertThat(bank.query("SELECT max(id) - count(*) FROM entry")).isEqualTo("0");
            }
        }
    }

    /**
     * No repair: clean file system, the server starts by itself on it, every page's checksum and every index and heap hold (amcheck), and every
     * transaction that was acknowledged before the freeze is there, with no hole. The server was not shut down, so it reads its log from its
     * last checkpoint, as it does after every freeze.
     */
    @Test
    void postgresUnderLoadStartsFromTheCheckpointWithEveryTransactionFromBeforeTheFreeze(@TempDir Path folder)
            throws Exception {
        int diskBytes = 64 << 20;
        PostgresDisks disks = PostgresDisks.unpack(GuestParts.find(), Files.createDirectories(folder.resolve("pg")));
        GuestSpec spec = GuestSpec.running(image, "postgres").forwarding(PostgresDisks.PORT);
        Path recovered;
        long promised;
        try (GuestScene scene = new GuestScene(
                folder,
                diskBytes,
                disk -> disks.createData(disk, diskBytes, List.of()),
                "",
                spec.with(new GuestDisk.ImageFile("programs", disks.programs(), "raw")))) {
            awaitServer(scene.guest);
            try (Load load = new Load(scene.guest.forwardedAddress())) {
                load.awaitCommits(50);
                scene.cutApp();
                load.awaitCommits(load.committed() + 50);
                promised = load.committed();
                GuestScene.App app = scene.cutApp();
                load.awaitCommits(promised + 20);
                recovered = scene.imageAt(app.checkpoint(), "postgres");
                System.out.println("PostgreSQL guest frozen for " + app.thawed().getFrozenMicros() + " microseconds");
            }
        }
        assertThat(Ext4.judge(recovered).isClean())
                .as("%s", Ext4.judge(recovered))
                .isTrue();

        try (RunningGuest guest = spec.with(new GuestDisk.ImageFile("disk0", recovered, "raw"))
                .with(new GuestDisk.ImageFile("programs", disks.programs(), "raw"))
                .start(GuestScene.EVIDENCE)) {
            awaitServer(guest);
            requireWhole(guest.forwardedAddress(), promised);
            assertThat(guest.lines().stream().filter(line -> line.matches(".*PG .*(PANIC|FATAL|ERROR|WARNING):.*")))
                    .as("complaints of the server on what was recovered")
                    .isEmpty();
        }
    }

    private static void awaitServer(RunningGuest guest) {
        guest.awaitLine(Pattern.compile("PG .*ready to accept connections"), GuestScene.PATIENCE);
    }

    private static void requireWhole(InetSocketAddress server, long promised) throws SQLException {
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE EXTENSION amcheck");
            assertThat(count(statement, "SELECT count(*) FROM verify_heapam('entry')"))
                    .isZero();
            // Throws on the first index that does not fit its heap.
            statement.execute(
                    "SELECT bt_index_parent_check(c.oid, true) FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
                            + " WHERE c.relkind = 'i' AND a.amname = 'btree' AND c.relpersistence = 'p'");
            assertThat(count(statement, "SELECT sum(checksum_failures) FROM pg_stat_database"))
                    .isZero();
            assertThat(count(statement, "SELECT count(*) FROM entry WHERE note <> repeat(md5(id::text), 8)"))
                    .isZero();
            long found = count(statement, "SELECT count(*) FROM entry");
            assertThat(found).isGreaterThanOrEqualTo(promised);
            assertThat(count(statement, "SELECT max(id) FROM entry"))
                    .as("no hole")
                    .isEqualTo(found);
        }
    }

    private static long count(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static Connection connect(InetSocketAddress server) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres?user=postgres&sslmode=disable");
    }

    /** One transaction after another, numbered without holes; what is acknowledged is counted. */
    private static final class Load implements AutoCloseable {
        private final AtomicLong committed = new AtomicLong();
        private final AtomicReference<SQLException> failure = new AtomicReference<>();
        private final Connection connection;
        private final Thread thread;
        private volatile boolean stopping;

        Load(InetSocketAddress server) throws SQLException {
            connection = connect(server);
            try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE entry(id bigint PRIMARY KEY, note text NOT NULL)");
                statement.execute("CREATE INDEX ON entry(note)");
            }
            thread = Thread.ofVirtual().name("database-load").start(this::run);
        }

        private void run() {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO entry SELECT n, repeat(md5(n::text), 8) FROM (SELECT ?::bigint AS n) x")) {
                while (!stopping) {
                    insert.setLong(1, committed.get() + 1);
                    insert.executeUpdate();
                    committed.incrementAndGet();
                }
            } catch (SQLException failed) {
                failure.set(failed);
            }
        }

        long committed() {
            return committed.get();
        }

        void awaitCommits(long number) {
            Wait.until(
                    number + " transactions",
                    () -> committed.get() >= number || failure.get() != null,
                    () -> committed.get() + " are committed");
            if (failure.get() != null) {
                throw new AssertionError("the load failed", failure.get());
            }
        }

        @Override
        public void close() throws SQLException {
            stopping = true;
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            connection.close();
        }
    }
}
