package io.holdfast.journalstore.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockBitmapTest {
    private static final int BLOCKS = 100_001;

    @Test
    void it_agrees_with_a_plain_bit_set_and_survives_being_stored() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        BlockBitmap bitmap = new BlockBitmap(BLOCKS);
        BitSet model = new BitSet();
        BlockBitmap stored = new BlockBitmap(BLOCKS);
        for (int step = 0; step < 500; step++) {
            int first = random.nextInt(BLOCKS);
            int count = Math.min(BLOCKS - first, random.nextInt(random.nextInt(10) == 0 ? 50_000 : 50) + 1);
            BitSet range = model.get(first, first + count);
            assertThat(bitmap.clearIn(first, count)).as("seed %d", seed).isEqualTo(count - range.cardinality());
            bitmap.set(first, count);
            model.set(first, first + count);
            int at = random.nextInt(BLOCKS);
            int limit = random.nextInt(90_000) + 1;
            int end = model.get(at) ? model.nextClearBit(at) : model.nextSetBit(at) < 0 ? BLOCKS : model.nextSetBit(at);
            assertThat(bitmap.run(at, limit))
                    .as("seed %d, run at %d, limit %d", seed, at, limit)
                    .isEqualTo(Math.min(Math.min(end, BLOCKS) - at, Math.min(limit, BLOCKS - at)));
            bitmap.takeDirty().forEach(page -> stored.load(page.number(), page.bytes()));
        }
        assertThat(bitmap.setCount()).isEqualTo(model.cardinality());
        assertThat(stored.setCount()).isEqualTo(model.cardinality());
        for (int block = 0; block < BLOCKS; block += 97) {
            assertThat(stored.isSet(block)).as("seed %d, block %d", seed, block).isEqualTo(model.get(block));
        }
    }

    @Test
    void pages_that_could_not_be_written_come_again() {
        BlockBitmap bitmap = new BlockBitmap(10);
        bitmap.set(3, 1);
        var pages = bitmap.takeDirty();
        assertThat(bitmap.takeDirty()).isEmpty();
        bitmap.returnDirty(pages);
        assertThat(bitmap.takeDirty()).hasSize(1);
    }

    @Test
    void bits_beyond_the_volume_in_a_stored_page_are_ignored() {
        BlockBitmap bitmap = new BlockBitmap(10);
        byte[] all = new byte[BlockBitmap.PAGE_BYTES];
        java.util.Arrays.fill(all, (byte) 0xFF);
        bitmap.load(0, all);
        assertThat(bitmap.setCount()).isEqualTo(10);
    }
}
