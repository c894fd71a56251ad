package io.holdfast.changestream;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.holdfast.kernel.Crc32c;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Makes batches and checks the ones from outside, in one place for agent, router and journal.
 *
 * <p>Three steps, each by the part that needs no more: the agent {@linkplain #seal seals}, the router {@linkplain #check
 * checks} the header and the body's checksum and never opens the body, the journal {@linkplain #open opens}. Stateless and
 * safe for any number of threads.
 */
public final class Batches {
    /** Largest body before compression, in bytes: four times the default batch. */
    public static final int MAX_BODY_BYTES = 4 << 20;
    /**
     * Largest sealed batch on the wire and in Kafka: a body that did not shrink, and room for the header with a full volume
     * table.
     */
    public static final int MAX_SEALED_BYTES = MAX_BODY_BYTES + (64 << 10);

    private Batches() {}

    /**
     * Joins encoded records into a batch.
     *
     * @param first seq of the first record
     * @param volumes the table that the records' indexes refer to; entries that no record uses are allowed
     * @param records {@code recordCount} records as {@link RecordCodec#encode} writes them; read, not kept
     * @param codec what to try; see {@link BatchCompression}
     * @param marker given exactly when the last record is a marker
     */
    public static ChangeBatch seal(
            StreamId stream,
            Epoch epoch,
            Seq first,
            List<VolumeId> volumes,
            int recordCount,
            ByteBuffer records,
            Codec codec,
            Optional<CheckpointId> marker,
            long newestWrittenAtMicros) {
        return seal(
                stream, epoch, first, volumes, recordCount, records, Packing.of(codec), marker, newestWrittenAtMicros);
    }

    /** As {@link #seal(StreamId, Epoch, Seq, List, int, ByteBuffer, Codec, Optional, long)}, with the effort chosen. */
    public static ChangeBatch seal(
            StreamId stream,
            Epoch epoch,
            Seq first,
            List<VolumeId> volumes,
            int recordCount,
            ByteBuffer records,
            Packing packing,
            Optional<CheckpointId> marker,
            long newestWrittenAtMicros) {
        if (recordCount < 1 || recordCount > RecordCodec.MAX_RECORDS || records.remaining() > MAX_BODY_BYTES) {
            throw new IllegalArgumentException("a batch of %d records in %d bytes; the limits are %d records, %d bytes"
                    .formatted(recordCount, records.remaining(), RecordCodec.MAX_RECORDS, MAX_BODY_BYTES));
        }
        int bodyLength = records.remaining();
        BatchCompression.Compressed body = BatchCompression.compress(packing, records);
        ChangeBatch.Builder batch = ChangeBatch.newBuilder()
                .setPgId(stream.pg().toString())
                .setAgentId(stream.agent().toString())
                .setEpoch(epoch.value())
                .setFirstSeq(first.value())
                .setRecordCount(recordCount)
                .setCodec(body.codec())
                .setBodyLength(bodyLength)
                .setBodyCrc32C(Crc32c.of(body.bytes()))
                // The array was made for this batch and nobody else holds it.
                .setBody(UnsafeByteOperations.unsafeWrap(body.bytes()))
                .setNewestWrittenAtMicros(newestWrittenAtMicros);
        volumes.forEach(volume -> batch.addVolumeIds(volume.toString()));
        marker.ifPresent(checkpoint -> batch.setMarkerCheckpointId(checkpoint.toString()));
        return batch.build();
    }

    /**
     * Checks everything that can be checked without opening the body, the body's checksum included.
     *
     * @throws HoldfastException {@code MALFORMED_BATCH}, {@code BATCH_TOO_LARGE} or {@code BATCH_CHECKSUM_MISMATCH}
     */
    public static BatchHeader check(ChangeBatch batch) {
        requireWithin("records", batch.getRecordCount(), 1, RecordCodec.MAX_RECORDS);
        requireWithin("volumes", batch.getVolumeIdsCount(), 0, RecordCodec.MAX_VOLUMES);
        requireWithin("bytes of body", batch.getBodyLength(), RecordCodec.HEADER_BYTES, MAX_BODY_BYTES);
        requireWithin("bytes of packed body", batch.getBody().size(), 1, MAX_BODY_BYTES);
        if (batch.getEpoch() <= 0
                || batch.getFirstSeq() <= 0
                || batch.getFirstSeq() > Long.MAX_VALUE - batch.getRecordCount()) {
            throw malformed(
                    "epoch %d, first seq %d: both are 1 or more".formatted(batch.getEpoch(), batch.getFirstSeq()));
        }
        BatchHeader header = readHeader(batch);
        if (new HashSet<>(header.volumes()).size() != header.volumes().size()) {
            throw malformed("a volume stands twice in the table");
        }
        if (crcOf(batch.getBody()) != batch.getBodyCrc32C()) {
            throw new HoldfastException(
                    ChangeStreamError.BATCH_CHECKSUM_MISMATCH,
                    "the body of batch %s seq %s of stream %s does not match its checksum"
                            .formatted(header.epoch(), header.first(), header.stream()));
        }
        return header;
    }

    private static List<VolumeId> volumesOf(ChangeBatch batch) {
        List<VolumeId> volumes = new ArrayList<>(batch.getVolumeIdsCount());
        for (String text : batch.getVolumeIdsList()) {
            volumes.add(VolumeId.parse(text));
        }
        return volumes;
    }

    private static BatchHeader readHeader(ChangeBatch batch) {
        try {
            return new BatchHeader(
                    new StreamId(AgentId.parse(batch.getAgentId()), PgId.parse(batch.getPgId())),
                    new Epoch(batch.getEpoch()),
                    new Seq(batch.getFirstSeq()),
                    batch.getRecordCount(),
                    volumesOf(batch),
                    batch.getMarkerCheckpointId().isEmpty()
                            ? Optional.empty()
                            : Optional.of(CheckpointId.parse(batch.getMarkerCheckpointId())),
                    batch.getNewestWrittenAtMicros());
        } catch (HoldfastException notAnId) {
            throw malformed(notAnId.getMessage());
        }
    }

    /**
     * {@linkplain #check Checks}, restores the body and reads its records.
     *
     * @throws HoldfastException as {@link #check}, and {@code CHANGE_CHECKSUM_MISMATCH} for a payload
     */
    public static OpenedBatch open(ChangeBatch batch) {
        BatchHeader header = check(batch);
        ByteBuffer body =
                BatchCompression.restore(batch.getCodec(), BodyBytes.of(batch.getBody()), batch.getBodyLength());
        List<StreamRecord> records = RecordCodec.decode(body, header.recordCount(), header.volumes());
        Optional<CheckpointId> inBody =
                records.getLast() instanceof Marker marker ? Optional.of(marker.checkpoint()) : Optional.empty();
        if (!inBody.equals(header.marker())) {
            throw malformed("the header names marker %s, the body ends with %s".formatted(header.marker(), inBody));
        }
        return new OpenedBatch(header, records);
    }

    private static int crcOf(ByteString body) {
        return BodySum.of(body);
    }

    private static void requireWithin(String what, int value, int min, int max) {
        // Protobuf's uint32 arrives as a signed int: what would be over 2^31 is negative here, and over the limit
        // anyway.
        if (value < 0 || value > max) {
            throw new HoldfastException(
                    ChangeStreamError.BATCH_TOO_LARGE,
                    "%s %s in one batch; at most %d are allowed".formatted(Integer.toUnsignedString(value), what, max));
        }
        if (value < min) {
            throw malformed("%d %s; at least %d are needed".formatted(value, what, min));
        }
    }

    private static HoldfastException malformed(String why) {
        return new HoldfastException(ChangeStreamError.MALFORMED_BATCH, "not a batch: " + why);
    }
}
