package io.holdfast.replicationagent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.change.SyncKind;
import io.holdfast.replicationagent.fixture.StreamBench;
import io.holdfast.replicationagent.fixture.StreamBench.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies that no sound journal gives: a sync ends in an equal replica whatever comes, and keeps no more than its bound. */
class HostileRepliesTest {
    private static final int REGION = 64 << 10;
    private static final int DISK = 512 * REGION;

    private final StreamBench bench = new StreamBench(DISK, 1 << 20, 16);
    private final byte[] contents = new byte[DISK];

    private Disk disk(SyncKind kind) throws IOException {
        new Random(1).nextBytes(contents);
        Disk disk = bench.addDisk(kind);
        disk.device().write(0, ByteBuffer.wrap(contents), false);
        bench.answersAtOnce = false;
        return disk;
    }

    /** SyncStarted is appended and acknowledged, and the first questions are asked. */
    private List<HashQuestion> asked(Disk disk) throws IOException {
        for (int i = 0; i < 4; i++) {
            bench.copy(disk);
            bench.deliver(true);
        }
        return List.copyOf(bench.questions);
    }

    private void requireEqual(Disk disk) {
        assertThat(Arrays.mismatch(bench.replica.imageOf(disk.volume().id()), contents))
                .isEqualTo(-1);
    }

    @Test
    void repliesThatNobodyAskedForAreIgnored() throws IOException {
        Disk disk = disk(SyncKind.INITIAL);
        byte[] allZero = new byte[32 * 512];
        Random random = new Random(2);
        List<HashQuestion> questions = asked(disk);
        Set<Long> ids = new HashSet<>();
        questions.forEach(question -> ids.add(question.id()));
        for (int i = 0; i < 10_000; i++) {
            long id = i < 100 ? i - 50 : random.nextLong();
            if (!ids.contains(id)) {
                bench.hashes.answered(id, i % 2 == 0 ? "" : "NO_SUCH_VOLUME", allZero);
            }
        }
        assertThat(bench.hashes.outstanding()).isEqualTo(questions.size());

        bench.settle();

        requireEqual(disk);
        assertThat(bench.hashes.outstanding()).isZero();
    }

    @Test
    void onlyTheFirstReplyToAQuestionCounts() throws IOException {
        Disk disk = disk(SyncKind.INITIAL);
        bench.replica.seed(disk.volume().id(), contents);
        for (HashQuestion question : asked(disk)) {
            bench.answer(question);
            bench.hashes.answered(question.id(), "", new byte[HashWindow.Grain.REGION.hashesOf(DISK)]);
            bench.hashes.answered(question.id(), "INVALID_RANGE", new byte[0]);
        }
        bench.questions.clear();

        bench.settle();

        requireEqual(disk);
        assertThat(bench.replica.dataBytes()).as("nothing had to be sent").isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 32 * 511, 32 * 512 - 1, 32 * 512 + 1, 32 * 513, 1 << 20})
    void aReplyOfAnotherLengthEndsTheComparisonAndNotTheSync(int length) throws IOException {
        Disk disk = disk(SyncKind.INITIAL);
        List<HashQuestion> questions = asked(disk);
        assertThat(questions).hasSize(1);
        bench.questions.clear();
        bench.hashes.answered(questions.getFirst().id(), "", new byte[length]);

        bench.settle();

        requireEqual(disk);
        assertThat(bench.replica.dataBytes()).isEqualTo(DISK);
        assertThat(bench.stream.snapshot().equalBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"NO_SUCH_VOLUME", "INVALID_RANGE", "what is this", " "})
    void aRefusalThatTimeDoesNotMendEndsTheComparisonAndNotTheSync(String code) throws IOException {
        Disk disk = disk(SyncKind.FULL);
        for (HashQuestion question : asked(disk)) {
            bench.hashes.answered(question.id(), code, new byte[32 * 512]);
        }
        bench.questions.clear();

        bench.settle();

        requireEqual(disk);
        assertThat(bench.replica.dataBytes()).isEqualTo(DISK);
    }

    @Test
    void whoIsNeverAnsweredHasABoundedNumberOfQuestionsAndGivesUp() throws IOException {
        Disk disk = disk(SyncKind.DELTA);
        disk.volume().dirty().remove(0, DISK);
        // Too far from each other for one question.
        for (int region = 0; region < 512; region += 20) {
            disk.volume().dirty().add((long) region * REGION, 1);
        }

        int most = asked(disk).size();
        assertThat(most).isEqualTo(Comparison.WINDOWS);
        for (int second = 0; second < 200 && !bench.allInSync(); second++) {
            bench.copy(disk);
            bench.deliver(true);
            bench.nanos.addAndGet(1_000_000_000L);
            assertThat(bench.hashes.outstanding()).isLessThanOrEqualTo(Comparison.WINDOWS);
        }

        assertThat(bench.allInSync()).isTrue();
        assertThat(bench.hashes.outstanding()).isZero();
        assertThat(bench.replica.dataBytes()).isEqualTo(26L * REGION);
    }
}
