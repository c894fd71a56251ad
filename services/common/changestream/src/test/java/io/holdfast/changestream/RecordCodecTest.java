package io.holdfast.changestream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Discard;
import io.holdfast.kernel.change.StreamRecord.Marker;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The layout of records")
class RecordCodecTest {
    private static final VolumeId ROOT = VolumeId.parse("11111111-1111-4111-8111-111111111111");
    private static final VolumeId LOGS = VolumeId.parse("22222222-2222-4222-8222-222222222222");
    private static final List<VolumeId> TABLE = List.of(ROOT, LOGS);
    private static final CheckpointId CHECKPOINT = CheckpointId.parse("01020304-0506-4708-890a-0b0c0d0e0f10");
    private static final long WRITTEN_AT = 0x0006_4321_0123_4567L;

    /** The bytes of version 1, written down by hand from proto/change-records.md: they may never change. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            ZERO           | 02 00 0001 00002000 0000000000003000 0006432101234567 00000000 00000000
            DISCARD        | 03 01 0000 40000000 0000010000000000 0006432101234567 00000000 00000000
            SYNC_STARTED   | 04 00 0001 00000003 0000000000000000 0006432101234567 00000000 00000000
            SYNC_COMPLETED | 05 00 0001 00000000 0000000000000000 0006432101234567 00000000 00000000
            MARKER         | 06 00 0000 00000000 0000000000000000 0006432101234567 a9d044e2 00000010 \
            0102030405064708890a0b0c0d0e0f10
            """)
    void keeps_its_golden_bytes(String name, String hex) {
        StreamRecord record =
                switch (name) {
                    case "ZERO" -> new Zero(LOGS, 0x3000, 0x2000, WRITTEN_AT, false);
                    case "DISCARD" -> new Discard(ROOT, 1L << 40, 1 << 30, WRITTEN_AT, true);
                    case "SYNC_STARTED" -> new SyncStarted(LOGS, SyncKind.DELTA, WRITTEN_AT);
                    case "SYNC_COMPLETED" -> new SyncCompleted(LOGS, WRITTEN_AT);
                    default -> new Marker(CHECKPOINT, WRITTEN_AT);
                };
        byte[] golden = HexFormat.of().parseHex(hex.replace(" ", ""));

        assertThat(HexFormat.of().formatHex(encode(record)))
                .isEqualTo(HexFormat.of().formatHex(golden));
        assertThat(RecordCodec.decode(ByteBuffer.wrap(golden), 1, TABLE)).containsExactly(record);
    }

    @Test
    void puts_a_data_record_behind_its_header_with_the_checksum_of_the_payload() {
        // 4096 zero bytes have the CRC-32C 98f94189, which is published with the algorithm's test vectors.
        byte[] bytes = encode(Data.of(LOGS, 0x1000, ByteBuffer.allocate(4096), WRITTEN_AT, false));

        assertThat(HexFormat.of().formatHex(bytes, 0, 32))
                .isEqualTo("01000001" + "00001000" + "0000000000001000" + "0006432101234567" + "98f94189" + "00001000");
        assertThat(bytes).hasSize(32 + 4096);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            an unknown type                   | 07 00 0000 00000000 0000000000000000 0000000000000000 00000000 00000000
            an unknown flag                   | 02 02 0000 00001000 0000000000000000 0000000000000000 00000000 00000000
            a flag on a control record        | 05 01 0000 00000000 0000000000000000 0000000000000000 00000000 00000000
            a volume outside the table        | 02 00 0002 00001000 0000000000000000 0000000000000000 00000000 00000000
            an offset inside a block          | 02 00 0000 00001000 0000000000000200 0000000000000000 00000000 00000000
            a negative offset                 | 02 00 0000 00001000 fffffffffffff000 0000000000000000 00000000 00000000
            an end beyond the largest offset  | 02 00 0000 00002000 7ffffffffffff000 0000000000000000 00000000 00000000
            a length of zero                  | 02 00 0000 00000000 0000000000000000 0000000000000000 00000000 00000000
            a negative length                 | 02 00 0000 fffff000 0000000000000000 0000000000000000 00000000 00000000
            a zero range over 1 GiB           | 02 00 0000 40001000 0000000000000000 0000000000000000 00000000 00000000
            a payload longer than the body    | 01 00 0000 00001000 0000000000000000 0000000000000000 00000000 00001000
            a negative payload length         | 01 00 0000 80000000 0000000000000000 0000000000000000 00000000 80000000
            a payload on a zero record        | 02 00 0000 00001000 0000000000000000 0000000000000000 00000000 00000001 00
            a checksum without a payload      | 02 00 0000 00001000 0000000000000000 0000000000000000 00000001 00000000
            an unknown sync kind              | 04 00 0000 00000009 0000000000000000 0000000000000000 00000000 00000000
            bytes after the last record       | 05 00 0000 00000000 0000000000000000 0000000000000000 00000000 00000000 00
            half a header                     | 05 00 0000 00000000 0000000000000000
            """)
    void refuses(String what, String hex) {
        ByteBuffer body = ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));

        assertThatThrownBy(() -> RecordCodec.decode(body, 1, TABLE))
                .isInstanceOfSatisfying(HoldfastException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(ChangeStreamError.MALFORMED_BATCH));
    }

    @Test
    void refuses_a_marker_that_is_not_the_last_record() {
        ByteBuffer body = ByteBuffer.allocate(80 * 2);
        RecordCodec.encode(new Marker(CHECKPOINT, WRITTEN_AT), 0, body);
        RecordCodec.encode(new SyncCompleted(ROOT, WRITTEN_AT), 0, body);

        assertThatThrownBy(() -> RecordCodec.decode(body.flip(), 2, TABLE)).hasMessageContaining("before the end");
    }

    @Test
    void notices_every_single_flipped_bit_of_a_payload() {
        byte[] whole = encode(Data.of(ROOT, 0, ByteBuffer.wrap(new byte[4096]), WRITTEN_AT, false));
        for (int bit = 0; bit < 4096 * 8; bit += 101) {
            byte[] damaged = whole.clone();
            damaged[32 + bit / 8] ^= (byte) (1 << bit % 8);

            assertThatThrownBy(() -> RecordCodec.decode(ByteBuffer.wrap(damaged), 1, TABLE))
                    .isInstanceOfSatisfying(HoldfastException.class, refusal -> assertThat(refusal.code())
                            .isEqualTo(ChangeStreamError.CHANGE_CHECKSUM_MISMATCH));
        }
    }

    @Test
    void answers_random_bytes_with_records_or_its_own_error_and_nothing_else() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            if (noise.length > 0) {
                noise[0] = (byte) random.nextInt(8); // a type that exists, most of the time: gets past the first check
            }
            try {
                RecordCodec.decode(ByteBuffer.wrap(noise), random.nextInt(6), TABLE);
            } catch (HoldfastException refused) {
                assertThat(refused.code()).as("seed %d, round %d", seed, round).isInstanceOf(ChangeStreamError.class);
            }
        }
    }

    private static byte[] encode(StreamRecord record) {
        ByteBuffer out = ByteBuffer.allocate(RecordCodec.encodedLength(record));
        int index =
                switch (record) {
                    case StreamRecord.Change change -> TABLE.indexOf(change.volume());
                    case SyncStarted started -> TABLE.indexOf(started.volume());
                    case SyncCompleted completed -> TABLE.indexOf(completed.volume());
                    case Marker _ -> 0;
                };
        RecordCodec.encode(record, index, out);
        assertThat(out.hasRemaining()).as("encodedLength is exact").isFalse();
        return out.array();
    }
}
