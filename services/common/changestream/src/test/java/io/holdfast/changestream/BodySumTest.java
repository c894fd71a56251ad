package io.holdfast.changestream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.holdfast.kernel.Crc32c;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BodySumTest {
    /** In one array, in a part of one, outside of the heap, and in pieces, as protobuf keeps what it read from a stream. */
    @Test
    void is_the_checksum_of_the_bytes_however_they_lie() {
        long seed = System.nanoTime();
        byte[] bytes = new byte[100_000];
        new Random(seed).nextBytes(bytes);
        int sum = Crc32c.of(bytes);
        ByteString whole = UnsafeByteOperations.unsafeWrap(bytes);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        ByteString outside = UnsafeByteOperations.unsafeWrap(direct);
        ByteString pieces = ByteString.copyFrom(bytes, 0, 40_000)
                .concat(ByteString.copyFrom(bytes, 40_000, 10_000))
                .concat(whole.substring(50_000, 99_999))
                .concat(outside.substring(99_999));

        assertThat(BodySum.of(whole)).as("seed %d", seed).isEqualTo(sum);
        assertThat(BodySum.of(outside)).as("seed %d", seed).isEqualTo(sum);
        assertThat(BodySum.of(outside)).as("once more").isEqualTo(sum);
        assertThat(BodySum.of(pieces)).as("seed %d", seed).isEqualTo(sum);
        assertThat(BodySum.of(ByteString.EMPTY)).isEqualTo(Crc32c.of(new byte[0]));
        for (ByteString form : List.of(whole, outside, pieces)) {
            assertThat(BodyBytes.of(form)).as("seed %d", seed).isEqualTo(ByteBuffer.wrap(bytes));
        }
        assertThat(BodyBytes.of(whole.substring(10, 20))).isEqualTo(ByteBuffer.wrap(bytes, 10, 10));
        assertThat(BodyBytes.of(whole).array()).as("not copied").isSameAs(bytes);
        assertThat(BodyBytes.of(ByteString.EMPTY).hasRemaining()).isFalse();
    }
}
