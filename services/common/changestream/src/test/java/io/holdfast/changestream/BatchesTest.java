package io.holdfast.changestream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Marker;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.Codec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A batch")
class BatchesTest {
    private static final StreamId STREAM = new StreamId(AgentId.random(), PgId.random());
    private static final VolumeId VOLUME = VolumeId.random();
    private static final CheckpointId CHECKPOINT = CheckpointId.random();

    @ParameterizedTest
    @EnumSource(
            value = Codec.class,
            names = {"NONE", "LZ4", "ZSTD"})
    void opens_to_the_records_that_were_sealed(Codec codec) {
        List<StreamRecord> records = someRecords(50, 7);

        OpenedBatch opened = Batches.open(seal(records, codec, Optional.of(CHECKPOINT)));

        assertThat(opened.records()).isEqualTo(records);
        assertThat(opened.header().first()).isEqualTo(new Seq(10));
        assertThat(opened.header().last()).isEqualTo(new Seq(60));
        assertThat(opened.header().marker()).contains(CHECKPOINT);
    }

    @Test
    void says_that_it_is_not_compressed_when_compression_did_not_help() {
        byte[] noise = new byte[4096];
        new Random(3).nextBytes(noise);
        List<StreamRecord> records = List.of(Data.of(VOLUME, 0, ByteBuffer.wrap(noise), 1, false));

        assertThat(seal(records, Codec.ZSTD, Optional.empty()).getCodec()).isEqualTo(Codec.NONE);
    }

    @Test
    void notices_every_damaged_byte_of_its_body() {
        ChangeBatch whole = seal(someRecords(3, 11), Codec.LZ4, Optional.of(CHECKPOINT));
        for (int at = 0; at < whole.getBody().size(); at += 13) {
            byte[] body = whole.getBody().toByteArray();
            body[at] ^= 0x40;
            ChangeBatch damaged =
                    whole.toBuilder().setBody(ByteString.copyFrom(body)).build();

            assertThatThrownBy(() -> Batches.check(damaged))
                    .isInstanceOfSatisfying(HoldfastException.class, refusal -> assertThat(refusal.code())
                            .isEqualTo(ChangeStreamError.BATCH_CHECKSUM_MISMATCH));
        }
    }

    static Stream<Arguments> lies() {
        return Stream.of(
                lie("no epoch", b -> b.setEpoch(0), ChangeStreamError.MALFORMED_BATCH),
                lie("a negative epoch", b -> b.setEpoch(-1), ChangeStreamError.MALFORMED_BATCH),
                lie("no first seq", b -> b.setFirstSeq(0), ChangeStreamError.MALFORMED_BATCH),
                lie("a last seq out of range", b -> b.setFirstSeq(Long.MAX_VALUE), ChangeStreamError.MALFORMED_BATCH),
                lie("no records", b -> b.setRecordCount(0), ChangeStreamError.MALFORMED_BATCH),
                lie("too many records", b -> b.setRecordCount(1 << 17), ChangeStreamError.BATCH_TOO_LARGE),
                lie("a record count over 2^31", b -> b.setRecordCount(-1), ChangeStreamError.BATCH_TOO_LARGE),
                lie("more records than it holds", b -> b.setRecordCount(5), ChangeStreamError.MALFORMED_BATCH),
                lie("fewer records than it holds", b -> b.setRecordCount(2), ChangeStreamError.MALFORMED_BATCH),
                lie("a huge body length", b -> b.setBodyLength(1 << 30), ChangeStreamError.BATCH_TOO_LARGE),
                lie("a body length over 2^31", b -> b.setBodyLength(-4), ChangeStreamError.BATCH_TOO_LARGE),
                lie("a body length too short", b -> b.setBodyLength(4096), ChangeStreamError.MALFORMED_BATCH),
                lie("a body length too long", b -> b.setBodyLength(1 << 20), ChangeStreamError.MALFORMED_BATCH),
                lie("another codec", b -> b.setCodec(Codec.LZ4), ChangeStreamError.MALFORMED_BATCH),
                lie("no codec", b -> b.setCodec(Codec.CODEC_UNSPECIFIED), ChangeStreamError.MALFORMED_BATCH),
                lie("an unknown codec", b -> b.setCodecValue(77), ChangeStreamError.MALFORMED_BATCH),
                lie("no volumes", b -> b.clearVolumeIds(), ChangeStreamError.MALFORMED_BATCH),
                lie("a volume twice", b -> b.addVolumeIds(VOLUME.toString()), ChangeStreamError.MALFORMED_BATCH),
                lie("a volume that is no id", b -> b.addVolumeIds("../x"), ChangeStreamError.MALFORMED_BATCH),
                lie("an agent that is no id", b -> b.setAgentId(""), ChangeStreamError.MALFORMED_BATCH),
                lie(
                        "no marker although it has one",
                        b -> b.clearMarkerCheckpointId(),
                        ChangeStreamError.MALFORMED_BATCH),
                lie(
                        "another marker",
                        b -> b.setMarkerCheckpointId(CheckpointId.random().toString()),
                        ChangeStreamError.MALFORMED_BATCH));
    }

    private static Arguments lie(String what, UnaryOperator<ChangeBatch.Builder> change, ChangeStreamError code) {
        return Arguments.of(what, change, code);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void that_lies_about_itself_is_refused(
            String what, UnaryOperator<ChangeBatch.Builder> lie, ChangeStreamError code) {
        ChangeBatch honest = seal(someRecords(3, 5), Codec.ZSTD, Optional.of(CHECKPOINT));
        ChangeBatch lying = lie.apply(honest.toBuilder()).build();

        assertThatThrownBy(() -> Batches.open(lying))
                .isInstanceOfSatisfying(HoldfastException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(code));
    }

    private static List<StreamRecord> someRecords(int changes, long seed) {
        Random random = new Random(seed);
        List<StreamRecord> records = new ArrayList<>();
        for (int i = 0; i < changes; i++) {
            byte[] text = new byte[4096 * (1 + random.nextInt(3))];
            java.util.Arrays.fill(text, 0, text.length / 2, (byte) random.nextInt());
            records.add(Data.of(VOLUME, 4096L * random.nextInt(1000), ByteBuffer.wrap(text), i, false));
        }
        records.add(new Marker(CHECKPOINT, changes));
        return records;
    }

    private static ChangeBatch seal(List<StreamRecord> records, Codec codec, Optional<CheckpointId> marker) {
        ByteBuffer encoded = ByteBuffer.allocate(
                records.stream().mapToInt(RecordCodec::encodedLength).sum());
        records.forEach(record -> RecordCodec.encode(record, 0, encoded));
        return Batches.seal(
                STREAM, new Epoch(4), new Seq(10), List.of(VOLUME), records.size(), encoded.flip(), codec, marker, 99);
    }
}
