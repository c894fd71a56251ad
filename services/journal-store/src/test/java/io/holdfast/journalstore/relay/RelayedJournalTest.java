package io.holdfast.journalstore.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.changestream.Batches;
import io.holdfast.changestream.OpenedBatch;
import io.holdfast.journalstore.adapter.rocksdb.JournalRelaySource;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.Codec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two real journals, a relay between them, and a router that forwards, marks and acknowledges as the real one does. Whatever happens, a checkpoint
 * that the further journal lists is a checkpoint that the nearer one had, byte for byte, under its true age.
 */
class RelayedJournalTest {
    private static final int BLOCKS = 300;
    private static final long START_MICROS =
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse("2026-01-01T00:00:00Z"));

    static Stream<Long> seeds() {
        String given = System.getProperty("holdfast.seed");
        return given != null
                ? Stream.of(given.split(",")).map(Long::valueOf)
                : Stream.of(1L, 2L, new Random().nextLong());
    }

    @TempDir
    Path folder;

    @ParameterizedTest(name = "seed {0}; repeat with -Dholdfast.seed={0}")
    @MethodSource("seeds")
    void every_checkpoint_at_the_third_site_is_one_of_the_second_sites(long seed) throws Exception {
        try (World world = new World(folder, new Random(seed), true)) {
            for (int step = 0; step < 400; step++) {
                world.randomStep();
            }
            world.settle();
            world.compareAll();
            assertThat(world.marked).as("checkpoints that were compared").isNotEmpty();
        }
    }

    @Test
    void a_session_that_goes_on_sends_what_changed_and_no_more() throws Exception {
        try (World world = new World(folder, new Random(7), false)) {
            world.write(200);
            world.checkpoint();
            world.settle();
            long before = world.relay.status().sentBytes();
            assertThat(before).isPositive();

            world.newSession();
            world.writeBlock(3);
            world.checkpoint();
            world.settle();

            assertThat(world.kinds.getLast()).isEqualTo(SyncKind.DELTA);
            assertThat(world.relay.status().sentBytes()).isBetween(1L, 60 * 4096L);
            world.compareAll();
        }
    }

    @Test
    void history_that_is_gone_at_the_second_site_is_replaced_by_a_full_copy() throws Exception {
        try (World world = new World(folder, new Random(8), false)) {
            world.write(100);
            world.checkpoint();
            world.settle();
            for (int i = 0; i < 4; i++) {
                world.write(50);
                world.checkpoint();
                world.micros += Duration.ofHours(1).toNanos() / 1000;
            }
            world.near.ageAll(world.now());
            world.newSession();
            world.settle();
            assertThat(world.kinds.getLast()).isEqualTo(SyncKind.FULL);
            world.compareAll();
        }
    }

    @Test
    void a_journal_that_was_killed_is_waited_for_until_it_has_again_what_the_third_site_has() throws Exception {
        try (World world = new World(folder, new Random(11), false)) {
            world.crashWithMoreAtTheTarget();

            assertThat(world.pull()).as("sends while its journal is behind").isFalse();
            assertThat(world.relay.status().state())
                    .isEqualTo(new RelayState.Waiting(RelayState.Reason.JOURNAL_BEHIND));

            world.near.catchUp();
            world.writeBlock(3);
            world.checkpoint();
            world.settle();
            assertThat(world.kinds.getLast()).isEqualTo(SyncKind.DELTA);
            world.compareAll();
        }
    }

    @Test
    void a_journal_that_does_not_get_again_what_the_third_site_has_sends_everything_after_a_while() throws Exception {
        try (World world = new World(folder, new Random(12), false)) {
            world.crashWithMoreAtTheTarget();
            world.pull();

            world.nanos += World.BEHIND.toNanos();
            world.pull();

            assertThat(world.relay.status().state()).isInstanceOf(RelayState.Copying.class);
        }
    }

    @Test
    void a_quiet_guest_does_not_make_the_third_site_look_old() throws Exception {
        try (World world = new World(folder, new Random(9), false)) {
            world.write(10);
            world.checkpoint();
            world.settle();
            world.micros += 5_000_000;
            world.checkpoint();
            world.settle();
            Checkpoint newest = world.far.points().newest().orElseThrow();
            assertThat(newest.cutAtMicros())
                    .isEqualTo(world.near.points().newest().orElseThrow().cutAtMicros());
        }
    }

    @Test
    void no_more_than_the_limit_waits_for_an_acknowledgement() throws Exception {
        try (World world = new World(folder, new Random(10), false)) {
            world.write(400);
            world.checkpoint();
            long most = 0;
            while (world.pull()) {
                most = Math.max(most, world.relay.status().unackedBytes());
            }
            assertThat(most).isBetween(World.LIMIT_BYTES, World.LIMIT_BYTES + (3L << 20));
        }
    }

    /** Everything between the two journals. */
    private static final class World implements AutoCloseable {
        static final long LIMIT_BYTES = 1 << 20;
        static final Duration BEHIND = Duration.ofMinutes(5);

        final Random random;
        final boolean faults;
        final TestGroup nearGroup = new TestGroup().history(Duration.ofMinutes(10));
        final TestAgent nearAgent = nearGroup.agent();
        final TestGroup farGroup = new TestGroup().history(Duration.ofDays(2));
        final TestAgent relayAgent = farGroup.agent();
        final Map<VolumeId, byte[]> disks = new LinkedHashMap<>();
        /** What the disks held at each checkpoint of the second site, by when it was cut. */
        final Map<Long, Map<VolumeId, byte[]>> cuts = new HashMap<>();

        final StoreFixture near;
        final StoreFixture far;
        final Map<PgId, Remembered> memory = new HashMap<>();
        final Deque<ChangeBatch> link = new ArrayDeque<>();
        final List<CheckpointId> marked = new ArrayList<>();
        final List<SyncKind> kinds = new ArrayList<>();
        RelayStream relay;
        long micros = START_MICROS;
        long nanos;
        boolean inSync;
        HoldfastException lastFailure;

        World(Path folder, Random random, boolean faults) throws Exception {
            this.random = random;
            this.faults = faults;
            for (int v = 0; v < 2; v++) {
                VolumeId volume = nearGroup.volume(nearAgent, BLOCKS * 4096L);
                farGroup.volume(relayAgent, volume, BLOCKS * 4096L);
                disks.put(volume, new byte[BLOCKS * 4096]);
            }
            near = new StoreFixture(Files.createDirectory(folder.resolve("near" + random.nextLong())), nearGroup)
                    .start();
            far = new StoreFixture(Files.createDirectory(folder.resolve("far" + random.nextLong())), farGroup).start();
            newSession();
            resync();
        }

        Instant now() {
            return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        }

        void randomStep() throws Exception {
            micros += 1 + random.nextInt(2_000_000);
            nanos += 1 + random.nextInt(2_000_000_000);
            switch (random.nextInt(faults ? 29 : 20)) {
                case 0, 1, 2, 3, 4 -> write(1 + random.nextInt(30));
                case 5, 6, 7 -> checkpoint();
                case 8, 9, 10, 11, 12, 13 -> pull();
                case 14, 15, 16 -> deliver();
                case 17, 18 -> cutAtTarget();
                case 19 -> relay.save();
                case 20 -> newSession();
                case 21 -> resync();
                case 22 -> near.ageAll(now());
                case 23 -> {
                    relay.close();
                    near.crash();
                    openRelay();
                    behindItself();
                }
                case 24 -> far.crash().catchUp();
                case 25 -> {
                    near.journal().reopen();
                    behindItself();
                }
                case 26 -> near.journal().flush();
                case 27 -> loseKafka();
                default -> micros += Duration.ofMinutes(random.nextInt(8)).toNanos() / 1000;
            }
        }

        /** The journal has lost what was not flushed, and takes it from Kafka again while the relay goes on. */
        private void behindItself() {
            while (near.catchUp(1 + random.nextInt(40))) {
                if (random.nextInt(3) == 0) {
                    cutAtTarget();
                }
                pull();
                if (random.nextBoolean()) {
                    deliver();
                }
            }
        }

        /**
         * The journal has lost what was not flushed, and Kafka has lost the same: other changes get their numbers. The agent compares and sends what
         * differs from the replica, so what was lost and overwritten since is never sent.
         */
        private void loseKafka() {
            near.journal().reopen();
            near.journal().kafkaLost(near.log.size());
            // Durable, because the log of this test still has what Kafka would have lost: a crash must not bring it
            // back.
            near.journal().flush();
            nearAgent.newEpoch();
            disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncStarted(volume, ++micros))));
            for (VolumeSlot slot : near.journal().snapshot().manifest().protectedVolumes()) {
                byte[] disk = disks.get(slot.volume());
                byte[] replica = near.readPresent(slot);
                for (int block = 0; block < BLOCKS; block++) {
                    int from = block * 4096;
                    if (!Arrays.equals(disk, from, from + 4096, replica, from, from + 4096)) {
                        byte[] differs = Arrays.copyOfRange(disk, from, from + 4096);
                        near.put(nearAgent.batch(TestAgent.data(slot.volume(), block, differs, ++micros)));
                    }
                }
            }
            disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncCompleted(volume, ++micros))));
            checkpoint();
        }

        void write(int changes) {
            for (int i = 0; i < changes; i++) {
                writeBlock(random.nextInt(BLOCKS - 40));
            }
        }

        void writeBlock(int block) {
            VolumeId volume = List.copyOf(disks.keySet()).get(random.nextInt(2));
            int blocks = random.nextInt(8) == 0 ? 1 + random.nextInt(39) : 1;
            byte[] bytes = new byte[blocks * 4096];
            micros++;
            if (random.nextInt(6) == 0) {
                near.put(nearAgent.batch(TestAgent.zero(volume, block, blocks, micros)));
            } else {
                random.nextBytes(bytes);
                near.put(nearAgent.batch(TestAgent.data(volume, block, bytes, micros)));
            }
            System.arraycopy(bytes, 0, disks.get(volume), block * 4096, bytes.length);
        }

        /** A resync at the first site: what lies inside is no checkpoint's. */
        void resync() {
            disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncStarted(volume, micros))));
            write(random.nextInt(20));
            disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncCompleted(volume, micros))));
            checkpoint();
        }

        void checkpoint() {
            micros++;
            near.put(nearGroup.checkpoint(new UUID(random.nextLong(), random.nextLong()), micros));
            Map<VolumeId, byte[]> held = new HashMap<>();
            disks.forEach((volume, bytes) -> held.put(volume, bytes.clone()));
            cuts.put(micros, held);
        }

        /** The journal goes back to before what the target has, and a session begins. */
        void crashWithMoreAtTheTarget() {
            write(50);
            checkpoint();
            near.journal().flush();
            write(50);
            checkpoint();
            settle();
            relay.close();
            near.crash();
            newSession();
        }

        void newSession() {
            if (relay != null) {
                relay.close();
            }
            link.clear();
            openRelay();
        }

        private void openRelay() {
            link.clear();
            RelayMemory kept = new RelayMemory() {
                @Override
                public Optional<Remembered> load(PgId group) {
                    return Optional.ofNullable(memory.get(group));
                }

                @Override
                public void save(PgId group, Remembered remembered) {
                    memory.put(group, remembered);
                }
            };
            relay = new RelayStream(
                    new StreamId(relayAgent.id, farGroup.pg),
                    nearGroup.pg,
                    new JournalRelaySource(near.journal(), disks.keySet()),
                    kept,
                    new RelayLimits(LIMIT_BYTES, 300 << 10, Duration.ofSeconds(20), BEHIND),
                    () -> nanos,
                    () -> 1);
        }

        /** The link takes one batch, if there is one. */
        boolean pull() {
            try {
                Optional<ChangeBatch> batch = relay.next(Codec.LZ4);
                batch.ifPresent(link::add);
                return batch.isPresent();
            } catch (HoldfastException unreadable) {
                // As in the real link: the session ends, and the next one looks again.
                lastFailure = unreadable;
                newSession();
                return false;
            }
        }

        /** One batch reaches the target: forwarded, marked, acknowledged; the acknowledgement may get lost. */
        void deliver() {
            ChangeBatch batch = link.poll();
            if (batch == null) {
                return;
            }
            far.put(ChangesRecord.newBuilder()
                    .setPgId(farGroup.pg.toString())
                    .setBatch(batch)
                    .build());
            OpenedBatch opened = Batches.open(batch);
            for (StreamRecord record : opened.records()) {
                if (record instanceof StreamRecord.SyncStarted started) {
                    kinds.add(started.kind());
                }
            }
            relayAgent.epoch = batch.getEpoch();
            relayAgent.seq = opened.header().last().value();
            opened.header().marker().ifPresent(marker -> {
                assertThat(batch.getMarkerCutAtMicros()).isPositive();
                far.put(farGroup.checkpoint(marker.value(), batch.getMarkerCutAtMicros()));
                marked.add(marker);
            });
            if (far.journal().snapshot().streams().get(relayAgent.id) instanceof AppliedStream.Gapped) {
                relay.reset(new Epoch(batch.getEpoch()));
                link.clear();
            } else if (!faults || random.nextInt(5) > 0) {
                relay.ack(new Epoch(batch.getEpoch()), new Seq(relayAgent.seq));
            }
        }

        void cutAtTarget() {
            relay.cut(new CheckpointId(new UUID(random.nextLong(), random.nextLong())));
        }

        /** Until the target has the newest checkpoint, and lists it. */
        void settle() {
            for (int i = 0; i < 2; i++) {
                for (int pulls = 0; !settled() && pulls < 1000; pulls++) {
                    pull();
                    while (!link.isEmpty()) {
                        deliver();
                    }
                    relay.ack(new Epoch(relayAgent.epoch), new Seq(relayAgent.seq));
                    // A journal that lost for good what the target has is waited for in vain.
                    nanos += BEHIND.toNanos() / 100;
                }
                cutAtTarget();
                pull();
            }
            while (!link.isEmpty()) {
                deliver();
            }
            assertThat(settled()).as("%s, %s", relay.status(), lastFailure).isTrue();
        }

        private boolean settled() {
            return relay.status().behindLsns() == 0
                    && relay.status().state() instanceof RelayState.Resting(Place at)
                    && at.checkpoint()
                            .equals(near.points().newest().orElseThrow().id());
        }

        void compareAll() throws Exception {
            List<Checkpoint> listed = far.points().list(Long.MAX_VALUE, 10_000, _ -> true);
            assertThat(listed).isNotEmpty();
            for (Checkpoint checkpoint : listed) {
                Map<VolumeId, byte[]> expected = cuts.get(checkpoint.cutAtMicros());
                assertThat(expected).as("a checkpoint as old as %s", checkpoint).isNotNull();
                for (VolumeId volume : disks.keySet()) {
                    byte[] found = far.read(new Point.AtCheckpoint(checkpoint.id()), volume);
                    int differs = Arrays.mismatch(found, expected.get(volume));
                    assertThat(differs)
                            .as("first byte of volume %s that differs at %s", volume, checkpoint)
                            .isEqualTo(-1);
                }
            }
            Checkpoint newest = listed.getFirst();
            assertThat(newest.cutAtMicros())
                    .isEqualTo(near.points().newest().orElseThrow().cutAtMicros());
        }

        @Override
        public void close() {
            relay.close();
            near.close();
            far.close();
        }
    }
}
