package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.rocksdb.Applied;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A journal that applies its records again numbers them as it did, whatever policy has come meanwhile (docs/journal-recovery.md, "Policies"). */
class PolicyReplayTest {
    private static final int BLOCKS = 64;

    static Stream<Long> seeds() {
        String given = System.getProperty("holdfast.seed");
        return given != null
                ? Stream.of(given.split(",")).map(Long::valueOf)
                : Stream.of(1L, 2L, 3L, new Random().nextLong());
    }

    @TempDir
    Path folder;

    private final TestGroup group = new TestGroup();
    private final TestAgent here = group.agent();
    private final TestAgent there = group.agent();
    private final VolumeId first = group.volume(here, BLOCKS * 4096);
    private final VolumeId second = group.volume(there, BLOCKS * 4096);
    private final VolumeId wanders = group.volume(there, BLOCKS * 4096);
    private long micros = 1_700_000_000_000_000L;

    @ParameterizedTest(name = "seed {0}; repeat with -Dholdfast.seed={0}")
    @MethodSource("seeds")
    void every_checkpoint_keeps_its_place_and_digest_through_crashes_and_policies(long seed) {
        Random random = new Random(seed);
        try (StoreFixture store = new StoreFixture(folder, group).start()) {
            Map<CheckpointId, Checkpoint> listed = new LinkedHashMap<>();
            sync(store, here, first);
            sync(store, there, second);
            sync(store, there, wanders);
            for (int step = 0; step < 120; step++) {
                switch (random.nextInt(10)) {
                    case 0, 1, 2, 3 -> write(store, random);
                    case 4, 5 -> checkpoint(store, random, listed);
                    case 6 -> store.journal().flush();
                    case 7 -> writeBeyondTheEnd(store);
                    default -> otherPolicy(store, random);
                }
                requireSame(store, listed);
            }
            assertThat(listed).as("checkpoints that were listed").hasSizeGreaterThan(5);
        }
    }

    @Test
    void a_point_that_is_open_reads_its_bytes_when_a_volume_left_and_came_back_before_they_were_applied_again()
            throws Exception {
        try (StoreFixture store = new StoreFixture(folder, group).start()) {
            sync(store, here, first);
            sync(store, there, second);
            sync(store, there, wanders);
            store.journal().flush();
            store.put(there.batch(TestAgent.filled(wanders, 0, 1, 7, ++micros)));
            CheckpointId checkpoint = new CheckpointId(UUID.randomUUID());
            store.put(group.checkpoint(checkpoint.value(), ++micros));
            try (OpenPoint point = store.points().open(new Point.AtCheckpoint(checkpoint))) {
                store.journal().reopen();
                group.drop(wanders);
                store.store.follow(group.policy());
                group.volume(there, wanders, BLOCKS * 4096);
                JournalPolicy newest = group.policy();
                store.store.follow(newest);
                store.catchUp();

                VolumeSlot slot = point.volumes().stream()
                        .filter(one -> one.volume().equals(wanders))
                        .findFirst()
                        .orElseThrow();
                ByteBuffer read = ByteBuffer.allocate(4096);
                store.journal().reader(slot, point.lsn()).read(0, read);
                assertThat(read.get(100)).isEqualTo((byte) 7);
                assertThat(store.journal().snapshot().manifest().policyRevision())
                        .as("the newest policy was followed afterwards")
                        .isEqualTo(newest.revision());
            }
        }
    }

    @Test
    void what_does_not_concern_the_volumes_is_followed_at_once() {
        try (StoreFixture store = new StoreFixture(folder, group).start()) {
            sync(store, here, first);
            store.journal().reopen();
            group.grow(first, 2 * BLOCKS * 4096);
            store.store.follow(
                    group.state(JournalPolicy.State.PAUSED).limit(1 << 30).policy());

            assertThat(store.journal().snapshot().manifest().policyState()).isEqualTo(JournalPolicy.State.PAUSED);
            assertThat(store.journal().snapshot().manifest().limitBytes()).isEqualTo(1 << 30);
            assertThat(sizeOfFirst(store)).isEqualTo(BLOCKS * 4096);
            store.catchUp();
            assertThat(sizeOfFirst(store)).isEqualTo(2 * BLOCKS * 4096);
        }
    }

    @Test
    void a_limited_sync_is_refused_to_an_agent_that_got_a_volume_back() {
        try (StoreFixture store = new StoreFixture(folder, group).start()) {
            sync(store, here, first);
            sync(store, there, second);
            sync(store, there, wanders);
            moveTo(store, here);
            sync(store, here, wanders);
            moveTo(store, there);

            there.newEpoch();
            store.put(there.batch(new SyncStarted(wanders, SyncKind.DELTA, ++micros)));
            assertThat(store.journal().snapshot().hasGap()).isTrue();

            there.newEpoch();
            sync(store, there, second);
            sync(store, there, wanders);
            assertThat(store.journal().snapshot().hasGap()).isFalse();
            assertThat(store.journal().snapshot().volumesInSync()).isEqualTo(3);
        }
    }

    private static long sizeOfFirst(StoreFixture store) {
        return store.journal().snapshot().manifest().volumes().getFirst().sizeBytes();
    }

    private void moveTo(StoreFixture store, TestAgent agent) {
        group.move(wanders, agent);
        store.store.follow(group.policy());
    }

    private void sync(StoreFixture store, TestAgent agent, VolumeId volume) {
        store.put(agent.batch(
                TestAgent.syncStarted(volume, ++micros),
                TestAgent.filled(volume, 0, 2, (int) micros, micros),
                TestAgent.syncCompleted(volume, micros)));
    }

    private void write(StoreFixture store, Random random) {
        TestAgent agent = random.nextBoolean() ? here : there;
        List<StreamRecord> records = new ArrayList<>();
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            VolumeId volume = agent.volumes.get(random.nextInt(agent.volumes.size()));
            records.add(TestAgent.filled(volume, random.nextInt(BLOCKS), 1, random.nextInt(), ++micros));
        }
        store.put(agent.batch(records));
    }

    /** Refused; a policy under which the volume is larger would take it. */
    private void writeBeyondTheEnd(StoreFixture store) {
        long end = store.journal()
                        .snapshot()
                        .manifest()
                        .slotOf(first)
                        .orElseThrow()
                        .sizeBytes()
                / 4096;
        assertThat(store.put(here.batch(TestAgent.filled(first, (int) end, 1, 1, ++micros))))
                .isInstanceOf(Applied.Refused.class);
        here.newEpoch();
        List.copyOf(here.volumes).forEach(volume -> sync(store, here, volume));
    }

    private void checkpoint(StoreFixture store, Random random, Map<CheckpointId, Checkpoint> listed) {
        CheckpointId id = new CheckpointId(new UUID(random.nextLong(), random.nextLong()));
        store.put(group.checkpoint(id.value(), ++micros));
        store.points().find(id).ifPresent(found -> listed.put(id, found));
    }

    /** Another policy, which meets a journal that has everything, or one that has yet to apply some of it again. */
    private void otherPolicy(StoreFixture store, Random random) {
        switch (random.nextInt(4)) {
            case 0 ->
                group.grow(
                        first,
                        store.journal()
                                        .snapshot()
                                        .manifest()
                                        .volumes()
                                        .getFirst()
                                        .sizeBytes()
                                + 4096);
            case 1 -> group.move(wanders, there.volumes.contains(wanders) ? here : there);
            default -> {
                TestAgent carrier = there.volumes.contains(wanders) ? there : here;
                group.drop(wanders);
                if (random.nextBoolean()) {
                    store.store.follow(group.policy());
                }
                group.volume(carrier, wanders, BLOCKS * 4096);
            }
        }
        switch (random.nextInt(3)) {
            case 0 -> store.store.follow(group.policy());
            case 1 -> {
                store.journal().reopen();
                store.store.follow(group.policy());
            }
            default -> store.crash();
        }
        while (store.catchUp(1 + random.nextInt(4))) {
            // In pieces, so that the policy is looked at in between.
        }
        for (TestAgent agent : List.of(here, there)) {
            agent.newEpoch();
            List.copyOf(agent.volumes).forEach(volume -> sync(store, agent, volume));
        }
    }

    private static void requireSame(StoreFixture store, Map<CheckpointId, Checkpoint> listed) {
        listed.forEach((id, was) -> {
            Checkpoint now = store.points().find(id).orElse(null);
            assertThat(now).as("checkpoint %s", was).isNotNull();
            assertThat(now.lsn()).as("place of %s", was).isEqualTo(was.lsn());
            assertThat(now.digest()).as("digest of %s", was).isEqualTo(was.digest());
        });
    }
}
