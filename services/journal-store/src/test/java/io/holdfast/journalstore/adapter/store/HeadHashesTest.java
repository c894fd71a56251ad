package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadHashesTest {
    private static final int CHUNK = 64 << 10;
    /** Not a whole number of chunks. */
    private static final int SIZE = 5 * (1 << 20) + 3 * 4096;

    @TempDir
    Path data;

    private final TestGroup group = new TestGroup(7);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, SIZE);
    private final byte[] model = new byte[SIZE];
    private StoreFixture fixture;

    @BeforeEach
    void start() {
        fixture = new StoreFixture(data, group).start();
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    private HeadHashes.Question question(long epoch, long seq, long offset, long length, int chunk) {
        return new HeadHashes.Question(
                group.pg, agent.id, volume, new StreamPosition(new Epoch(epoch), new Seq(seq)), offset, length, chunk);
    }

    private void assertCode(JournalError code, HeadHashes.Question question) {
        assertThatThrownBy(() -> fixture.store.hashes().of(question))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(code));
    }

    private byte[] expected(long offset, long length, int chunk) throws Exception {
        byte[] all = new byte[32 * (int) Math.ceilDiv(length, chunk)];
        for (int i = 0; i * 32 < all.length; i++) {
            byte[] part = Arrays.copyOfRange(model, (int) (offset + (long) i * chunk), (int)
                    Math.min(offset + length, offset + (i + 1L) * chunk));
            if (!Arrays.equals(part, new byte[part.length])) {
                System.arraycopy(MessageDigest.getInstance("SHA-256").digest(part), 0, all, i * 32, 32);
            }
        }
        return all;
    }

    @Test
    void hashesAreThoseOfWhatWasAppliedWhereverItLies() throws Exception {
        long seed = 42;
        Random random = new Random(seed);
        fixture.put(agent.batch(TestAgent.syncStarted(volume, 1)));
        for (int i = 0; i < 60; i++) {
            int blocks = 1 + random.nextInt(24);
            int block = random.nextInt(SIZE / 4096 - blocks);
            if (random.nextInt(4) == 0) {
                Arrays.fill(model, block * 4096, (block + blocks) * 4096, (byte) 0);
                fixture.put(agent.batch(TestAgent.zero(volume, block, blocks, 2 + i)));
            } else {
                byte[] bytes = new byte[blocks * 4096];
                random.nextBytes(bytes);
                System.arraycopy(bytes, 0, model, block * 4096, bytes.length);
                fixture.put(agent.batch(TestAgent.data(volume, block, bytes, 2 + i)));
            }
        }

        for (int chunk = 4096; chunk <= 1 << 20; chunk *= 2) {
            assertThat(fixture.store.hashes().of(question(1, agent.seq, 0, SIZE, chunk)))
                    .as("seed %d chunk %d", seed, chunk)
                    .isEqualTo(expected(0, SIZE, chunk));
        }
        assertThat(fixture.store.hashes().of(question(1, 1, 2 * CHUNK, 3 * CHUNK, CHUNK)))
                .isEqualTo(expected(2 * CHUNK, 3 * CHUNK, CHUNK));
    }

    @Test
    void aPlaceThatIsNotAppliedYetOrAnotherEpochIsNotAnswered() {
        fixture.put(agent.batch(TestAgent.syncStarted(volume, 1)));

        assertCode(JournalError.NOT_APPLIED_YET, question(1, 2, 0, CHUNK, CHUNK));
        assertCode(JournalError.NOT_APPLIED_YET, question(2, 1, 0, CHUNK, CHUNK));
        assertThat(fixture.store.hashes().of(question(1, 1, 0, CHUNK, CHUNK))).isEqualTo(new byte[32]);

        agent.newEpoch();
        fixture.put(agent.batch(TestAgent.syncStarted(volume, 2)));
        assertCode(JournalError.NOT_APPLIED_YET, question(1, 1, 0, CHUNK, CHUNK));
    }

    @Test
    void rangesThatNoVolumeHasAreRefusedAndNothingBreaks() {
        fixture.put(agent.batch(TestAgent.syncStarted(volume, 1)));

        assertCode(JournalError.INVALID_RANGE, question(1, 1, 4096, CHUNK, CHUNK));
        assertCode(JournalError.INVALID_RANGE, question(1, 1, 0, 4096, CHUNK));
        assertCode(JournalError.INVALID_RANGE, question(1, 1, 0, SIZE + 4096, CHUNK));
        assertCode(JournalError.INVALID_RANGE, question(1, 1, 0, CHUNK, 3 * 4096));
        assertCode(JournalError.INVALID_RANGE, question(1, 1, 0, CHUNK, 2048));
        assertCode(JournalError.INVALID_RANGE, question(1, 1, 0, Long.MAX_VALUE, CHUNK));
        assertCode(JournalError.INVALID_RANGE, question(1, 1, -CHUNK, CHUNK, CHUNK));
        assertCode(JournalError.INVALID_RANGE, question(1, 1, 0, 0, CHUNK));
        assertCode(
                JournalError.VOLUME_NOT_FOUND,
                new HeadHashes.Question(
                        group.pg,
                        agent.id,
                        VolumeId.random(),
                        new StreamPosition(new Epoch(1), new Seq(1)),
                        0,
                        CHUNK,
                        CHUNK));
        assertThat(fixture.store.hashes().of(question(1, 1, 0, CHUNK, CHUNK))).isEqualTo(new byte[32]);
    }

    private void fill(long seed) {
        new Random(seed).nextBytes(model);
        fixture.put(agent.batch(TestAgent.syncStarted(volume, 1)));
        for (int at = 0; at < SIZE; at += CHUNK) {
            byte[] part = Arrays.copyOfRange(model, at, Math.min(SIZE, at + CHUNK));
            fixture.put(agent.batch(TestAgent.data(volume, at / 4096, part, 2)));
        }
    }

    @Test
    void damageLooksDifferentFromEverythingAndCostsOnlyItsOwnChunk() throws Exception {
        fill(3);
        fixture.put(agent.batch(TestAgent.syncCompleted(volume, 3)));
        fixture.journal().flush();
        fixture.ageAll(Instant.now().plusSeconds(10L * 365 * 86_400));
        Path image = fixture.journal().files().images().resolve(volume + ".raw");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(3 * CHUNK + 5000);
            int before = file.read();
            file.seek(3 * CHUNK + 5000);
            file.write(before ^ 1);
        }

        byte[] expected = expected(0, SIZE, CHUNK);
        Arrays.fill(expected, 3 * 32, 4 * 32, (byte) 0xff);
        assertThat(fixture.store.hashes().of(question(1, agent.seq, 0, SIZE, CHUNK)))
                .isEqualTo(expected);
    }

    @Test
    void aFloodIsAnsweredOrRefusedAndLeavesEverythingFree() throws Exception {
        fill(4);
        byte[] expected = expected(0, SIZE, CHUNK);
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                all.add(threads.submit(() -> {
                    try {
                        assertThat(fixture.store.hashes().of(question(1, 2, 0, SIZE, CHUNK)))
                                .isEqualTo(expected);
                        answered.incrementAndGet();
                    } catch (HoldfastException tooMany) {
                        assertThat(tooMany.code()).isEqualTo(JournalError.TOO_MANY_REQUESTS);
                        refused.incrementAndGet();
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(answered.get() + refused.get()).isEqualTo(200);
        assertThat(answered.get()).isPositive();
        assertThat(fixture.store.hashes().of(question(1, 2, 0, SIZE, CHUNK))).isEqualTo(expected);
    }
}
