package io.holdfast.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Values")
class ValuesTest {
    @ParameterizedTest
    @CsvSource({"4096B, 4096", "64MiB, 67108864", "1GiB, 1073741824", "0B, 0", "3 KiB, 3072"})
    void sizes_are_read_with_their_unit(String text, long bytes) {
        assertThat(DataSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "64", "64MB", "-1MiB", "1.5GiB", "99999999999TiB", "MiB", "64mib"})
    void sizes_without_a_known_unit_are_refused_with_examples(String text) {
        assertThatThrownBy(() -> DataSize.parse(text))
                .isInstanceOfSatisfying(HoldfastException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(CommonError.INVALID_CONFIGURATION))
                .hasMessageContaining("64MiB");
    }

    @Property
    void a_size_reads_back_from_its_own_text(@ForAll @LongRange(min = 0) long bytes) {
        DataSize size = new DataSize(bytes);
        // A number of bytes with more digits than the format allows is no size that anybody can write.
        if (Long.toString(bytes).length() <= 18) {
            assertThat(DataSize.parse(size.toString())).isEqualTo(size);
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "x",
                "1-1-1-1-1",
                "{6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10}",
                "6f1c2f0e8a354c559a0f2b8a4f6d9e10",
                "6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e1",
                "6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e1g",
                "+f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10",
                "6f1c2f0e-8a35-4c55-9a0f--b8a4f6d9e10",
                "6f1c2f0-e8a35-4c55-9a0f-2b8a4f6d9e10",
                "\uff16f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10"
            })
    void ids_have_one_spelling_only(String text) {
        assertThatThrownBy(() -> VmId.parse(text))
                .isInstanceOfSatisfying(HoldfastException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(CommonError.INVALID_ID))
                .hasMessageContaining("vm id");
    }

    @Property
    void widening_covers_the_range_with_the_fewest_blocks(
            @ForAll @LongRange(min = 0, max = 1L << 45) long offset,
            @ForAll @LongRange(min = 1, max = 1L << 30) long length) {
        ByteRange range = new ByteRange(offset, length);
        ByteRange wide = range.widenTo(Block.SIZE_BYTES);

        assertThat(wide.contains(range)).isTrue();
        assertThat(wide.isAligned(Block.SIZE_BYTES)).isTrue();
        assertThat(range.offset() - wide.offset()).isLessThan(Block.SIZE_BYTES);
        assertThat(wide.end() - range.end()).isLessThan(Block.SIZE_BYTES);
    }

    @Test
    void neighbouring_ranges_do_not_overlap() {
        assertThat(new ByteRange(0, 4096).overlaps(new ByteRange(4096, 1))).isFalse();
        assertThat(new ByteRange(0, 4097).overlaps(new ByteRange(4096, 1))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"-4096, 4096", "0, 0", "512, 4096", "0, 512", "0, -4096", "9223372036854771712, 8192"})
    void changes_cover_whole_blocks_only(long offset, int length) {
        assertThatThrownBy(() -> new Zero(VolumeId.random(), offset, length, 0, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("whole blocks");
    }

    @Test
    void a_checksum_leaves_the_buffer_as_it_was() {
        // 32 bytes of 0xff: a test vector of RFC 3720, appendix B.4.
        byte[] ones = new byte[32];
        Arrays.fill(ones, (byte) 0xff);
        ByteBuffer buffer = ByteBuffer.wrap(ones);

        assertThat(Crc32c.of(buffer)).isEqualTo(0x62a8ab43);
        assertThat(buffer.remaining()).isEqualTo(32);
    }

    @Test
    void a_data_change_carries_the_checksum_of_its_payload() {
        Data change = Data.of(VolumeId.random(), 0, ByteBuffer.allocate(4096), 0, false);

        assertThat(change.crc32c()).isEqualTo(0x98f94189);
        assertThat(change.length()).isEqualTo(4096);
    }
}
