package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.nbd.Fetchers;
import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.JournalCheck;
import io.holdfast.journalstore.adapter.rocksdb.KeptDisks;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.tool.JournalTool;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.fixture.OldDiskFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.seeding.Keep;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.server.NbdServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the old site had written stays to be read, byte for byte, whatever the replica becomes (docs/commit-protocol.md, "Kept disks"). */
class KeptDisksTest {
    private static final String BRANCH = OldDiskFixture.BRANCH;

    @TempDir
    Path folder;

    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());
    private OldDiskFixture world;

    @BeforeEach
    void theOldSiteIsBack() throws Exception {
        System.out.println("seed " + seed);
        world = new OldDiskFixture(folder, seed);
    }

    @AfterEach
    void close() {
        world.close();
    }

    private static void assertRefused(JournalError code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                .isEqualTo(code));
    }

    @Test
    void the_sync_and_all_that_follows_go_into_the_replica_and_never_into_the_old_disk() throws Exception {
        world.seedAndKeep();
        world.assertKept();
        world.sync(60);
        world.assertKept();
        world.timePasses();
        world.assertKept();
        world.assertPresent();
        for (int hours = 0; hours < 4; hours++) {
            world.write(40);
            world.checkpoint();
            world.timePasses();
            world.store.reopenOrRestart(world.random);
            world.store.catchUp();
        }
        world.store.crash().catchUp();
        world.timePasses();
        world.assertKept();
        world.assertPresent();
        assertThat(world.store.journal().liveBytes()).as("nothing is held back").isZero();
        assertThat(new JournalCheck(world.store.journal()).toTheEnd().findings())
                .isEmpty();
        assertThat(world.shown().savedBytes()).isPositive().isLessThanOrEqualTo(OldDiskFixture.SIZE);
    }

    @Test
    void what_is_kept_takes_the_room_of_what_was_overwritten() throws Exception {
        world.seedAndKeep();
        world.sync(0);
        world.store.put(world.agent.batch(TestAgent.filled(world.volume, 8, 5, 0x33, 1)));
        world.checkpoint();
        world.timePasses();
        assertThat(world.shown().savedBytes()).isEqualTo(5 * 4096);
        world.assertKept();
    }

    @Test
    void it_is_served_over_nbd_and_read_by_the_offline_tool() throws Exception {
        world.seedAndKeep();
        world.sync(80);
        world.timePasses();
        try (NbdServer server = new NbdServer(new JournalExports(world.store.store, _ -> {}, Fetchers.none()))) {
            String there = "nbd://127.0.0.1:%d/%s"
                    .formatted(
                            server.listenTcp("127.0.0.1", 0).getPort(),
                            JournalExports.nameOf(world.group.pg, world.volume, "branch:" + BRANCH));
            Tools.run(
                    "qemu-img",
                    "compare",
                    "-f",
                    "raw",
                    "-F",
                    "raw",
                    folder.resolve("seeds/old.raw").toString(),
                    there);
        }
        world.close();
        Path written = folder.resolve("written.raw");
        StringWriter said = new StringWriter();
        int exit = JournalTool.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(
                        "write-image",
                        folder.resolve("data").toString(),
                        written.toString(),
                        "--at",
                        "branch:" + BRANCH);
        assertThat(exit).as(said.toString()).isZero();
        assertThat(Files.mismatch(written, folder.resolve("seeds/old.raw"))).isEqualTo(-1);
        world.store.start();
    }

    @Test
    void a_commit_at_home_and_its_client_leave_the_old_disk_and_the_branch_as_they_were() throws Exception {
        world.seedAndKeep();
        world.sync(30);
        Checkpoint chosen = world.checkpoint();
        byte[] atChosen = world.disk.clone();
        world.write(20);
        world.checkpoint();
        byte[] endOfBranch = world.disk.clone();
        RecoverySession session = world.store
                .store
                .sessions()
                .create(new Sessions.Order(world.group.pg, new Point.AtCheckpoint(chosen.id()), "", ""));
        BlockDevice device = world.store.store.sessions().device(session.id(), world.volume);
        byte[] model = atChosen.clone();
        scribble(device, model, 30);
        world.store.store.follow(
                world.group.state(JournalPolicy.State.FAILED_OVER).policy());
        assertRefused(
                JournalError.BRANCH_NAME_TAKEN,
                () -> world.store.store.commits().order(world.group.pg, session.id(), BRANCH, ""));
        world.store.store.commits().order(world.group.pg, session.id(), "before-home", "");
        for (int ticks = 0;
                world.store
                                .store
                                .sessions()
                                .require(world.group.pg, session.id())
                                .state()
                        != RecoverySession.State.COMMITTED;
                ticks++) {
            assertThat(ticks).isLessThan(1000);
            scribble(device, model, 2);
            world.store.store.commits().step(world.group.pg);
            world.store.ageAll(world.now());
            world.assertKept();
        }
        for (int i = 0; i < 5; i++) {
            scribble(device, model, 20);
            world.store.store.commits().step(world.group.pg);
            device.flush();
            world.assertKept();
            assertThat(world.store.read(new Point.OnBranch("before-home", new Point.Latest()), world.volume))
                    .isEqualTo(endOfBranch);
        }
        world.store.journal().forkState().release("before-home");
        world.store.ageAll(world.now());
        scribble(device, model, 40);
        world.store.store.commits().step(world.group.pg);
        device.flush();
        world.store.crash();
        world.assertKept();
        world.store.store.sessions().delete(world.group.pg, session.id());
        assertThat(world.store.readPresent(world.slot())).isEqualTo(model);
        world.store.store.follow(
                world.group.state(JournalPolicy.State.REPLICATE).policy());
        System.arraycopy(model, 0, world.disk, 0, model.length);
        world.sync(40);
        world.timePasses();
        world.assertPresent();
        world.assertKept();
    }

    private void scribble(BlockDevice device, byte[] model, int writes) throws Exception {
        for (int i = 0; i < writes; i++) {
            byte[] bytes = new byte[1 + world.random.nextInt(9000)];
            world.random.nextBytes(bytes);
            int offset = world.random.nextInt(model.length - bytes.length);
            device.write(offset, ByteBuffer.wrap(bytes), false);
            System.arraycopy(bytes, 0, model, offset, bytes.length);
        }
    }

    @Test
    void a_reader_sees_the_old_bytes_while_ageing_overwrites_them() throws Exception {
        world.seedAndKeep();
        world.sync(30);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> wrong = new AtomicReference<>();
        Thread reader = Thread.ofPlatform().start(() -> {
            Random places = new Random(seed);
            try (OpenPoint point = world.store.points().open(new Point.OnBranch(BRANCH, new Point.Latest()))) {
                var bytes = world.store.journal().reader(point.volumes().getFirst(), point);
                while (!stop.get()) {
                    int offset = places.nextInt(OldDiskFixture.SIZE - 300_000);
                    ByteBuffer window = ByteBuffer.allocate(300_000);
                    bytes.read(offset, window);
                    assertThat(window.array()).isEqualTo(Arrays.copyOfRange(world.old, offset, offset + 300_000));
                }
            } catch (Throwable failed) {
                wrong.set(failed);
            }
        });
        try {
            for (int hours = 0; hours < 8; hours++) {
                world.write(25);
                world.checkpoint();
                world.timePasses();
            }
        } finally {
            stop.set(true);
            reader.join();
        }
        assertThat(wrong.get()).as("seed %d", seed).isNull();
        world.assertKept();
    }

    private static final class Died extends RuntimeException {}

    @ParameterizedTest
    @ValueSource(
            strings = {
                FaultPlaces.KEPT_SAVED,
                FaultPlaces.AGEING_PROMISED,
                FaultPlaces.AGEING_COPIED,
                FaultPlaces.AGEING_FORCED,
                FaultPlaces.IMAGE_FORCED,
                FaultPlaces.AGEING_IMAGED
            })
    void wherever_a_store_dies_while_it_overwrites_the_old_disk_is_whole(String place) throws Exception {
        world.seedAndKeep();
        world.sync(30);
        for (int time = 1; time <= 3; time++) {
            world.write(20);
            world.checkpoint();
            world.store.journal().flush();
            dieAt(place, time, world::timePasses);
            world.assertKept();
            world.store.catchUp();
            world.timePasses();
            world.assertKept();
            world.assertPresent();
        }
    }

    /** Lives with a fault at the place, ends as SIGKILL does, and starts again. */
    private void dieAt(String place, int time, Runnable life) {
        int[] left = {time};
        world.store.faults = reached -> {
            if (reached.equals(place) && --left[0] == 0) {
                throw new Died();
            }
        };
        world.store.crash().catchUp();
        try {
            life.run();
        } catch (Died expected) {
            // As SIGKILL at this place.
        }
        assertThat(left[0]).as("%s is reached, seed %d", place, seed).isLessThan(time);
        world.store.faults = FaultPoints.NONE;
        world.store.crash();
    }

    @Test
    void a_store_that_dies_before_the_seed_is_in_its_place_keeps_nothing_and_can_be_seeded_again() throws Exception {
        SeedTask[] task = new SeedTask[1];
        dieAt(FaultPlaces.KEPT_NOTED, 1, () -> task[0] = world.seed(Optional.of(new Keep(BRANCH, 30))));
        assertThat(world.store.journal().keptDisks().all()).isEmpty();
        assertThat(world.store.readPresent(world.slot())).isEqualTo(new byte[OldDiskFixture.SIZE]);
        world.seedAndKeep();
        world.sync(20);
        world.timePasses();
        world.assertKept();
    }

    @Test
    void a_store_that_dies_while_a_branch_is_given_up_has_given_it_up() throws Exception {
        world.seedAndKeep();
        world.sync(20);
        world.timePasses();
        dieAt(
                FaultPlaces.KEPT_RELEASED,
                1,
                () -> world.store.journal().keptDisks().release(BRANCH));
        assertThat(world.store.journal().keptDisks().all()).isEmpty();
        assertThat(world.store.journal().files().kept()).isEmptyDirectory();
        world.assertPresent();
    }

    @Test
    void a_branch_that_is_read_is_not_given_up_and_one_whose_time_is_over_is() throws Exception {
        world.seedAndKeep();
        world.sync(20);
        Instant later = Instant.now().plus(Duration.ofDays(31));
        try (OpenPoint point = world.store.points().open(new Point.OnBranch(BRANCH, new Point.Latest()))) {
            assertThat(point.lsn()).isEqualTo(Lsn.NONE);
            assertRefused(
                    JournalError.HISTORY_IN_USE,
                    () -> world.store.journal().keptDisks().release(BRANCH));
            world.store.ageAll(later);
            world.assertKept();
        }
        world.store.ageAll(Instant.now().plus(Duration.ofDays(29)));
        world.assertKept();
        world.store.ageAll(later);
        assertThat(world.store.journal().keptDisks().all()).isEmpty();
        assertRefused(JournalError.BRANCH_NOT_FOUND, world::kept);
        assertRefused(
                JournalError.BRANCH_NOT_FOUND,
                () -> world.store.journal().keptDisks().release(BRANCH));
        assertThat(world.store.journal().files().kept()).isEmptyDirectory();
        world.write(20);
        world.timePasses();
        world.assertPresent();
    }

    @Test
    void a_replica_is_not_seeded_over_what_is_kept_and_the_branch_is_no_session_and_no_point_of_time()
            throws Exception {
        world.seedAndKeep();
        assertRefused(JournalError.BRANCH_RETAINED, () -> world.seed(Optional.empty()));
        assertRefused(JournalError.BRANCH_READ_ONLY, () -> world.store
                .store
                .sessions()
                .create(new Sessions.Order(world.group.pg, new Point.OnBranch(BRANCH, new Point.Latest()), "", "")));
        for (Point inner : List.of(new Point.AtLsn(Lsn.NONE), new Point.AtInstant(world.now()))) {
            assertRefused(
                    JournalError.POINT_ON_BRANCH,
                    () -> world.store.read(new Point.OnBranch(BRANCH, inner), world.volume));
        }
        world.store.journal().keptDisks().release(BRANCH);
        world.seedAndKeep();
        world.assertKept();
    }

    @Test
    void a_replica_that_grows_leaves_the_old_disk_as_long_as_it_was() throws Exception {
        world.seedAndKeep();
        world.sync(10);
        world.group.grow(world.volume, 2 * OldDiskFixture.SIZE);
        world.store.store.follow(world.group.policy());
        world.store.put(world.agent.batch(TestAgent.filled(world.volume, OldDiskFixture.BLOCKS - 4, 8, 0x44, 2)));
        world.store.put(world.agent.batch(TestAgent.filled(world.volume, OldDiskFixture.BLOCKS + 50, 8, 0x45, 3)));
        world.checkpoint();
        world.timePasses();
        assertThat(world.kept()).isEqualTo(world.old);
        world.store.restart();
        assertThat(world.kept()).isEqualTo(world.old);
    }

    @Test
    void an_old_disk_of_which_a_block_rots_is_given_up_rather_than_shown_wrong() throws Exception {
        world.seedAndKeep();
        world.sync(0);
        world.store.store.scrubs().check(world.group.pg, _ -> {});
        Path image = world.store.journal().files().images().resolve(world.volume + ".raw");
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 5 * 4096 + 100);
        }
        assertRefused(JournalError.JOURNAL_DAMAGED, world::kept);
        world.store.put(world.agent.batch(TestAgent.filled(world.volume, 5, 1, 0x55, 9)));
        Arrays.fill(world.disk, 5 * 4096, 6 * 4096, (byte) 0x55);
        world.checkpoint();
        world.timePasses();
        world.assertPresent();
        KeptDisks.Shown shown = world.shown();
        assertThat(shown.disk().damage().orElseThrow()).contains("block 5 ");
        assertRefused(JournalError.JOURNAL_DAMAGED, world::kept);
        world.store.restart();
        assertRefused(JournalError.JOURNAL_DAMAGED, world::kept);
        world.store.journal().keptDisks().release(BRANCH);
    }
}
