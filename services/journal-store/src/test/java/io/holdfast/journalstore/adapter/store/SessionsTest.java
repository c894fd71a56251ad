package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recovery sessions: private writes, durability, restarts, leases (invariants 3 and 8). */
class SessionsTest {
    private static final long START = 1_767_225_600_000_000L;
    private static final int SIZE = Scenario.BLOCKS * 4096;

    @TempDir
    Path folder;

    private Path data;

    private final Scenario scenario = new Scenario(23, START);
    private StoreFixture fixture;
    private Checkpoint checkpoint;

    @BeforeEach
    void aJournal() {
        data = folder.resolve("data");
        scenario.group.history(Duration.ofSeconds(60));
        fixture = new StoreFixture(data, scenario.group).start();
        for (int i = 0; i < 60; i++) {
            fixture.put(scenario.next());
        }
        checkpoint = fixture.points().list(Long.MAX_VALUE, 100, _ -> true).get(3);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private RecoverySession create() {
        return fixture.store
                .sessions()
                .create(new Sessions.Order(scenario.group.pg, new Point.AtCheckpoint(checkpoint.id()), "", ""));
    }

    private BlockDevice device(SessionId id) throws IOException {
        return fixture.store.sessions().device(id, scenario.volume());
    }

    private byte[] read(BlockDevice device) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE);
        device.read(0, bytes);
        return bytes.array();
    }

    private void assertCheckpointUntouched() throws IOException {
        assertThat(Scenario.sums(fixture.read(new Point.AtCheckpoint(checkpoint.id()), scenario.volume())))
                .isEqualTo(scenario.expected.get(checkpoint.id().value()));
    }

    @Test
    void writes_of_any_alignment_are_seen_by_the_session_only_and_survive_a_restart() throws Exception {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        RecoverySession session = create();
        byte[] model = fixture.read(new Point.AtCheckpoint(checkpoint.id()), scenario.volume());
        for (int step = 0; step < 400; step++) {
            BlockDevice device = device(session.id());
            int offset = random.nextInt(SIZE);
            int length = Math.min(SIZE - offset, random.nextInt(random.nextInt(5) == 0 ? 300_000 : 5000) + 1);
            switch (random.nextInt(12)) {
                case 0 -> {
                    device.zero(offset, length, ZeroOptions.DEFAULT);
                    Arrays.fill(model, offset, offset + length, (byte) 0);
                }
                case 1 -> {
                    int from = Math.ceilDiv(offset, 4096) * 4096;
                    int to = (offset + length) / 4096 * 4096;
                    device.trim(offset, length, false);
                    if (to > from) {
                        Arrays.fill(model, from, to, (byte) 0);
                    }
                }
                case 2 -> device.flush();
                case 3 -> {
                    device.flush();
                    fixture.crash();
                    fixture.catchUp();
                }
                case 4 -> fixture.restart();
                case 5 -> fixture.put(scenario.next());
                default -> {
                    byte[] bytes = new byte[length];
                    random.nextBytes(bytes);
                    device.write(offset, ByteBuffer.wrap(bytes), random.nextInt(10) == 0);
                    System.arraycopy(bytes, 0, model, offset, length);
                }
            }
            ByteBuffer window = ByteBuffer.allocate(Math.min(SIZE - offset, 20_000));
            device(session.id()).read(offset, window);
            assertThat(window.array())
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(Arrays.copyOfRange(model, offset, offset + window.capacity()));
        }
        assertThat(read(device(session.id()))).as("seed %d", seed).isEqualTo(model);
        assertCheckpointUntouched();
    }

    @Test
    void extents_of_a_session_never_call_data_zero() throws Exception {
        RecoverySession session = create();
        BlockDevice device = device(session.id());
        device.write(5000, ByteBuffer.wrap(new byte[] {1, 2, 3}), false);
        device.zero(40_960, 81_920, ZeroOptions.DEFAULT);
        byte[] bytes = read(device);
        long at = 0;
        while (at < SIZE) {
            for (var extent : device.extents(at, SIZE - at, 16)) {
                assertThat(extent.offset()).isEqualTo(at);
                if (extent.readsAsZeroes()) {
                    for (long i = extent.offset(); i < extent.end(); i++) {
                        assertThat(bytes[(int) i])
                                .as("byte %d in %s", i, extent)
                                .isZero();
                    }
                }
                at = extent.end();
            }
        }
    }

    @Test
    void a_session_keeps_its_point_from_ageing_also_over_a_crash() throws Exception {
        RecoverySession session = create();
        fixture.journal().flush();
        Instant late = Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(5000);
        fixture.crash();
        fixture.catchUp();
        fixture.ageAll(late);
        assertThat(fixture.journal().tail()).isEqualTo(checkpoint.lsn());
        assertThat(Scenario.sums(read(device(session.id()))))
                .isEqualTo(scenario.expected.get(checkpoint.id().value()));

        fixture.store.sessions().delete(scenario.group.pg, session.id());
        fixture.ageAll(late);
        assertThat(fixture.journal().tail()).isGreaterThan(checkpoint.lsn());
        assertThatThrownBy(() -> fixture.points().open(new Point.AtCheckpoint(checkpoint.id())))
                .isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                        .isEqualTo(JournalError.CHECKPOINT_EXPIRED));
    }

    /** Opens a session at a checkpoint that only memory has, then ends as a crash does, before any flush. */
    private RecoverySession sessionAheadOfTheDisk() throws IOException {
        fixture.journal().flush();
        Path database = fixture.journal().files().database();
        Path kept = data.resolveSibling(data.getFileName() + "-kept");
        copy(database, kept);
        for (int i = 0; i < 10; i++) {
            fixture.put(scenario.next());
        }
        checkpoint = fixture.points().newest().orElseThrow();
        RecoverySession session = create();
        fixture.store.abandon();
        // Opening asks for a flush at once; the copy is the disk as it was without it.
        SafeFile.deleteFolder(database);
        Files.move(kept, database);
        fixture.start();
        assertThat(fixture.journal().snapshot().head()).isLessThan(session.lsn());
        return session;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private RecoverySession.State state(RecoverySession session) {
        return fixture.store.sessions().require(scenario.group.pg, session.id()).state();
    }

    private void assertRefused(RecoverySession session, JournalError code) {
        assertThatThrownBy(() -> device(session.id()))
                .isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                        .isEqualTo(code));
    }

    @Test
    void a_session_that_was_ahead_of_the_disk_comes_back_when_apply_has_passed_its_point_again() throws Exception {
        RecoverySession session = sessionAheadOfTheDisk();
        assertThat(state(session)).isEqualTo(RecoverySession.State.RESTORING);
        assertRefused(session, JournalError.SESSION_RESTORING);
        fixture.catchUp();
        assertThat(state(session)).isEqualTo(RecoverySession.State.OPEN);
        assertThat(Scenario.sums(read(device(session.id()))))
                .isEqualTo(scenario.expected.get(checkpoint.id().value()));
    }

    @Test
    void a_session_whose_records_kafka_has_lost_is_never_served_with_other_bytes() throws Exception {
        RecoverySession session = sessionAheadOfTheDisk();
        fixture.store.sessions().pointsLost(scenario.group.pg);
        fixture.journal().kafkaLost(fixture.log.size());
        assertRefused(session, JournalError.SESSION_LOST);
        fixture.restart();
        assertThat(state(session)).isEqualTo(RecoverySession.State.LOST);
        fixture.store.sessions().delete(scenario.group.pg, session.id());
        assertThat(fixture.store.sessions().count()).isZero();
    }

    @Test
    void the_same_key_finds_the_same_session_and_another_request_is_refused() {
        var order =
                new Sessions.Order(scenario.group.pg, new Point.AtCheckpoint(checkpoint.id()), "key-1", "request-1");
        RecoverySession first = fixture.store.sessions().create(order);
        fixture.journal().flush();
        fixture.restart();
        assertThat(fixture.store.sessions().create(order).id()).isEqualTo(first.id());
        assertThatThrownBy(() -> fixture.store
                        .sessions()
                        .create(new Sessions.Order(scenario.group.pg, new Point.Latest(), "key-1", "request-2")))
                .hasMessageContaining("Idempotency-Key");
    }

    @Test
    void limits_of_sessions_and_overlays_are_errors_that_name_the_limit() throws Exception {
        fixture.sessionLimit = 2;
        fixture.overlayLimitBytes = 3 * 4096;
        fixture.restart();
        RecoverySession session = create();
        create();
        assertThatThrownBy(this::create)
                .isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                        .isEqualTo(JournalError.TOO_MANY_OPEN));
        BlockDevice device = device(session.id());
        device.write(0, ByteBuffer.allocate(3 * 4096), false);
        assertThatThrownBy(() -> device.write(4 * 4096, ByteBuffer.allocate(1), false))
                .isInstanceOfSatisfying(
                        NbdException.class,
                        failure -> assertThat(failure.error().name()).isEqualTo("ENOSPC"));
        device.write(4096, ByteBuffer.allocate(4096), false);
        assertThat(fixture.store.sessions().count()).isEqualTo(2);
    }

    @Test
    void deleting_ends_the_exports_frees_the_files_and_can_be_repeated() throws Exception {
        RecoverySession session = create();
        BlockDevice device = device(session.id());
        device.write(0, ByteBuffer.allocate(1 << 20), true);
        Path folder = fixture.journal().files().sessions().resolve(session.id().toString());
        assertThat(folder).isDirectory();
        fixture.store.sessions().delete(scenario.group.pg, session.id());
        fixture.store.sessions().delete(scenario.group.pg, session.id());
        assertThat(folder).doesNotExist();
        assertThatThrownBy(() -> device.read(0, ByteBuffer.allocate(1))).isInstanceOf(NbdException.class);
        assertThatThrownBy(() -> device(session.id())).isInstanceOf(HoldfastException.class);
    }

    @Test
    void remains_of_a_half_created_session_are_removed_at_the_start() throws Exception {
        Path remains = Files.createDirectories(
                fixture.journal().files().sessions().resolve(UUID.randomUUID().toString()));
        Files.writeString(remains.resolve("session.json"), "{\"id\": \"half");
        fixture.restart();
        assertThat(remains).doesNotExist();
    }
}
