package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.holdfast.journalstore.adapter.rocksdb.Applied;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.space.SpaceGuard;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Running out of space: seen coming, and met anyway. */
class FullDiskTest {
    private static final long START = 1_767_225_600_000_000L;

    @TempDir
    Path folder;

    @Test
    void the_store_pauses_before_the_volume_is_full_and_says_so() {
        Scenario scenario = new Scenario(3, START);
        try (StoreFixture fixture = new StoreFixture(folder, scenario.group)) {
            fixture.reserveBytes = 1000;
            fixture.freeBytes = 5000;
            fixture.start();
            assertThat(fixture.store.checkSpace()).isEqualTo(SpaceGuard.Verdict.ROOM);
            fixture.freeBytes = 999;
            assertThat(fixture.store.checkSpace()).isEqualTo(SpaceGuard.Verdict.PAUSE);
            assertThat(JournalCondition.of(fixture.store.slot(scenario.group.pg).orElseThrow(), fixture.store.hasRoom())
                            .state())
                    .isEqualTo(JournalCondition.State.NO_SPACE);
            fixture.freeBytes = 1250;
            assertThat(fixture.store.checkSpace()).isEqualTo(SpaceGuard.Verdict.ROOM);
        }
    }

    @Test
    void a_size_limit_ages_what_it_may_and_then_pauses_the_group() {
        TestGroup group = new TestGroup().limit(200_000);
        TestAgent agent = group.agent();
        VolumeId volume = group.volume(agent, 100 * 4096);
        try (StoreFixture fixture = new StoreFixture(folder, group).start()) {
            fixture.put(agent.batch(TestAgent.syncStarted(volume, START), TestAgent.syncCompleted(volume, START)));
            for (int i = 0; i < 100; i++) {
                fixture.put(agent.batch(TestAgent.filled(volume, i, 1, i, START + i)));
                fixture.put(group.checkpoint(UUID.randomUUID(), START + i));
            }
            fixture.ageAll(Instant.EPOCH);
            assertThat(fixture.journal().liveBytes()).isBetween(150_000L, 200_000L);
            assertThat(fixture.store.limitReached(group.pg)).isFalse();

            Checkpoint oldest = fixture.points().oldest().orElseThrow();
            fixture.points().hold(oldest.id());
            for (int i = 0; i < 20; i++) {
                fixture.put(agent.batch(TestAgent.filled(volume, i, 1, 7, START + 1000 + i)));
                fixture.put(group.checkpoint(UUID.randomUUID(), START + 1000 + i));
            }
            fixture.ageAll(Instant.EPOCH);
            assertThat(fixture.store.limitReached(group.pg))
                    .as("the held checkpoint needs what the limit wants to free")
                    .isTrue();
            assertThat(fixture.points().require(oldest.id()).held()).isTrue();
            fixture.points().release(oldest.id());
            fixture.ageAll(Instant.EPOCH);
            assertThat(fixture.store.limitReached(group.pg)).isFalse();
        }
    }

    @Test
    void a_volume_that_is_really_full_loses_nothing_and_goes_on_when_there_is_room() throws Exception {
        Path mount = Files.createDirectory(folder.resolve("small"));
        var mounted = Tools.tryRun("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", mount.toString());
        assumeThat(mounted.exitCode())
                .as("a small file system can be mounted here (needs root): %s", mounted.output())
                .isZero();
        try {
            fillAndRecover(mount);
        } finally {
            Tools.run("umount", "-l", mount.toString());
        }
    }

    private void fillAndRecover(Path mount) throws IOException {
        TestGroup group = new TestGroup().history(Duration.ofDays(30));
        TestAgent agent = group.agent();
        VolumeId volume = group.volume(agent, 1000 * 4096);
        byte[] source = new byte[1000 * 4096];
        Random random = new Random(5);
        Path ballast = Files.write(mount.resolve("ballast"), new byte[20 << 20]);
        try (StoreFixture fixture = new StoreFixture(mount.resolve("data"), group).start()) {
            fixture.put(agent.batch(TestAgent.syncStarted(volume, START), TestAgent.syncCompleted(volume, START)));
            UUID early = UUID.randomUUID();
            write(fixture, agent, volume, source, random);
            byte[] earlyImage = source.clone();
            assertThat(fixture.put(group.checkpoint(early, START))).isInstanceOf(Applied.Listed.class);
            fixture.journal().flush();

            // Kafka goes on taking changes; the journal cannot.
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 40; i++) {
                            write(fixture, agent, volume, source, random);
                            fixture.journal().flush();
                        }
                    })
                    .isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                            .isEqualTo(CommonError.STORAGE_FULL));
            assertThat(fixture.journal().failure()).isPresent();
            assertThat(fixture.read(Point.parse(early.toString()), volume))
                    .as("reading goes on while the volume is full")
                    .isEqualTo(earlyImage);

            Files.delete(ballast);
            fixture.journal().reopen();
            fixture.catchUp();
            UUID late = UUID.randomUUID();
            assertThat(fixture.put(group.checkpoint(late, START + 1))).isInstanceOf(Applied.Listed.class);
            assertThat(fixture.read(Point.parse(late.toString()), volume)).isEqualTo(source);
            assertThat(fixture.read(Point.parse(early.toString()), volume)).isEqualTo(earlyImage);
        }
    }

    /** 1 MiB of random changes; in the log, whether or not the journal can take them. */
    private static void write(StoreFixture fixture, TestAgent agent, VolumeId volume, byte[] source, Random random) {
        byte[] bytes = new byte[250 * 4096];
        random.nextBytes(bytes);
        int block = random.nextInt(750);
        System.arraycopy(bytes, 0, source, block * 4096, bytes.length);
        fixture.put(agent.batch(TestAgent.data(volume, block, bytes, START)));
    }

    @Test
    void two_stores_on_one_directory_are_refused() {
        TestGroup group = new TestGroup();
        group.volume(group.agent(), 4096);
        try (StoreFixture first = new StoreFixture(folder, group).start()) {
            assertThat(first.store.groups()).hasSize(1);
            assertThatThrownBy(() -> JournalStore.open(folder, first.options()))
                    .hasMessageContaining("another journal-store uses the data directory");
        }
    }

    @Test
    void a_data_directory_that_cannot_be_created_is_named() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");
        StoreFixture fixture = new StoreFixture(folder, new TestGroup());
        assertThatThrownBy(() -> JournalStore.open(file.resolve("data"), fixture.options()))
                .isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                        .isEqualTo(CommonError.STORAGE_UNUSABLE))
                .hasMessageContaining("file");
    }

    @Test
    void one_unusable_journal_does_not_keep_the_others_from_working() throws Exception {
        TestGroup group = new TestGroup();
        TestAgent agent = group.agent();
        VolumeId volume = group.volume(agent, 8 * 4096);
        TestGroup other = new TestGroup();
        other.volume(other.agent(), 4096);
        try (StoreFixture fixture = new StoreFixture(folder, group).start()) {
            fixture.store.follow(other.policy());
            fixture.put(agent.batch(TestAgent.syncStarted(volume, START), TestAgent.syncCompleted(volume, START)));
            fixture.put(group.checkpoint(UUID.randomUUID(), START));
            Path manifest = fixture.store.require(other.pg).files().manifest();
            fixture.store.close();
            Files.writeString(manifest, "{\"formatVersion\": 9}");
            fixture.start();
            assertThat(JournalCondition.of(fixture.store.slot(other.pg).orElseThrow(), true)
                            .state())
                    .isEqualTo(JournalCondition.State.DAMAGED);
            assertThat(Arrays.equals(fixture.read(new Point.Latest(), volume), new byte[8 * 4096]))
                    .isTrue();
        }
    }
}
