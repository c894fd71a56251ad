package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a checkpoint's digest depends on: the history, and nothing else. */
class DigestTest {
    private static final long START = 1_767_225_600_000_000L;

    @TempDir
    Path folder;

    private static Map<CheckpointId, Digest> digests(StoreFixture fixture) {
        Map<CheckpointId, Digest> found = new LinkedHashMap<>();
        for (Checkpoint one : fixture.points().list(Long.MAX_VALUE, 10_000, _ -> true)) {
            found.put(one.id(), one.digest().orElseThrow());
        }
        return found;
    }

    @Test
    void crashes_repeated_deliveries_and_ageing_leave_every_digest_as_it_is_in_an_undisturbed_journal() {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        Map<CheckpointId, Digest> calm;
        Scenario scenario = new Scenario(seed, START);
        try (StoreFixture fixture = new StoreFixture(folder.resolve("calm"), scenario.group).start()) {
            for (int i = 0; i < 200; i++) {
                fixture.put(scenario.next());
            }
            calm = digests(fixture);
        }
        Scenario again = new Scenario(seed, START);
        again.group.history(Duration.ofSeconds(60));
        try (StoreFixture fixture = new StoreFixture(folder.resolve("rough"), again.group).start()) {
            for (int i = 0; i < 200; i++) {
                fixture.put(again.next());
                switch (random.nextInt(12)) {
                    case 0 -> fixture.crash().catchUp();
                    case 1 -> fixture.journal().flush();
                    case 2 -> fixture.replayFrom(Math.max(0, fixture.journal().nextOffset() - 5));
                    case 3 ->
                        fixture.ageAll(
                                Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(i));
                    default -> {}
                }
            }
            Map<CheckpointId, Digest> rough = digests(fixture);
            assertThat(rough).as("checkpoints left, seed %d", seed).hasSizeGreaterThan(5);
            assertThat(calm).as("seed %d", seed).containsAllEntriesOf(rough);
        }
    }

    @Test
    void how_batches_were_cut_on_their_way_does_not_count_and_one_other_byte_does() {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Digest one = digestOf("one", seed, 1, 0);
        assertThat(digestOf("three", seed, 3, 0)).as("seed %d", seed).isEqualTo(one);
        assertThat(digestOf("other", seed, 1, 1)).as("seed %d", seed).isNotEqualTo(one);
    }

    /** Sixty changes in batches of so many, then a checkpoint. */
    private Digest digestOf(String name, long seed, int perBatch, int flippedBit) {
        Random random = new Random(seed);
        var group = new io.holdfast.journalstore.fixture.TestGroup(seed);
        TestAgent agent = group.agent();
        VolumeId volume = group.volume(agent, 64 * 4096);
        try (StoreFixture fixture = new StoreFixture(folder.resolve(name), group).start()) {
            fixture.put(agent.batch(TestAgent.syncStarted(volume, START), TestAgent.syncCompleted(volume, START)));
            List<StreamRecord> pending = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                byte[] bytes = new byte[4096 * (1 + random.nextInt(20))];
                random.nextBytes(bytes);
                bytes[100] ^= (byte) (i == 17 ? flippedBit : 0);
                pending.add(TestAgent.data(volume, random.nextInt(40), bytes, START + i));
                if (pending.size() == perBatch) {
                    fixture.put(agent.batch(pending));
                    pending.clear();
                }
            }
            fixture.put(group.checkpoint(new UUID(5, 6), START + 1000));
            return fixture.points().newest().orElseThrow().digest().orElseThrow();
        }
    }
}
