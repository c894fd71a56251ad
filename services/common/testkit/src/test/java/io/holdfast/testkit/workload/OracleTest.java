package io.holdfast.testkit.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.Block;
import io.holdfast.testkit.workload.Operation.Write;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A check that cannot fail proves nothing: what every end-to-end test relies on is itself shown to notice damage. */
@DisplayName("The oracle")
class OracleTest {
    private static final int DISKS = 2;
    private static final int ISSUED = 900;

    private final long seed = new Random().nextLong();
    private final WorkloadPlan plan = new WorkloadPlan(seed, DISKS, 16, 512, 8);
    private final Oracle oracle = new Oracle(plan);

    @BeforeEach
    void printSeed() {
        System.out.println("oracle test, seed " + seed);
    }

    @Test
    void finds_the_operation_that_an_image_stands_at() throws Exception {
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            long at = random.nextInt(ISSUED);
            ByteBuffer[] image = imageAt(at);

            Oracle.Match match = oracle.locate(readerOf(image), ISSUED);

            assertThat(at).as("seed %d", seed).isBetween(match.first(), match.last());
        }
    }

    @Test
    void takes_empty_disks_for_the_state_before_the_first_write() throws Exception {
        assertThat(oracle.locate(readerOf(imageAt(0)), ISSUED).first()).isZero();
    }

    @Test
    void notices_a_lost_write_in_the_middle() {
        ByteBuffer[] image = imageAt(600);
        Write lost = writeThatStillStands(image, 400);
        int at = Math.toIntExact(lost.firstBlock() - plan.firstBlock()) * Block.SIZE_BYTES;
        image[lost.disk()].put(at, new byte[Block.SIZE_BYTES]);

        assertThatThrownBy(() -> oracle.locate(readerOf(image), ISSUED))
                .as("seed %d, write %d lost", seed, lost.seq())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("should be of operation");
    }

    @Test
    void notices_two_disks_from_different_moments() throws Exception {
        ByteBuffer[] mixed = {imageAt(300)[0], imageAt(800)[1]};

        assertThatThrownBy(() -> oracle.locate(readerOf(mixed), ISSUED))
                .as("seed %d", seed)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("should be of operation");
    }

    @Test
    void notices_a_torn_block_and_a_block_in_the_wrong_place() throws Exception {
        ByteBuffer[] torn = imageAt(600);
        int at = firstWrittenBlock(torn[0]);
        torn[0].put(at + 2000, (byte) ~torn[0].get(at + 2000));
        assertThatThrownBy(() -> oracle.locate(readerOf(torn), ISSUED)).hasMessageContaining("torn");

        ByteBuffer[] misplaced = imageAt(600);
        int from = firstWrittenBlock(misplaced[0]);
        int to = from == 0 ? Block.SIZE_BYTES : 0;
        misplaced[0].put(to, misplaced[0], from, Block.SIZE_BYTES);
        assertThatThrownBy(() -> oracle.locate(readerOf(misplaced), ISSUED)).hasMessageContaining("holds block");
    }

    @Test
    void refuses_an_image_from_the_future() {
        assertThatThrownBy(() -> oracle.locate(readerOf(imageAt(700)), 400)).hasMessageContaining("were issued");
    }

    /** The first write from {@code seq} on whose first block was not overwritten before the image. */
    private Write writeThatStillStands(ByteBuffer[] image, long seq) {
        for (long candidate = seq; ; candidate++) {
            if (plan.operation(candidate) instanceof Write write) {
                int at = Math.toIntExact(write.firstBlock() - plan.firstBlock()) * Block.SIZE_BYTES;
                if (image[write.disk()].getLong(at + 16) == candidate) {
                    return write;
                }
            }
        }
    }

    private static int firstWrittenBlock(ByteBuffer image) {
        int at = 0;
        while (image.getLong(at) == 0) {
            at += Block.SIZE_BYTES;
        }
        return at;
    }

    private ByteBuffer[] imageAt(long seq) {
        return new ByteBuffer[] {oracle.image(0, seq), oracle.image(1, seq)};
    }

    private Oracle.DiskReader readerOf(ByteBuffer[] image) {
        return (disk, offset, into) -> {
            int at = Math.toIntExact(offset - Block.offsetOf(plan.firstBlock()));
            into.put(0, image[disk], at, into.limit());
        };
    }
}
