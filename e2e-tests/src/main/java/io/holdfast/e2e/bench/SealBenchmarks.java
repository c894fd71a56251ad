package io.holdfast.e2e.bench;

import io.holdfast.changestream.Batches;
import io.holdfast.changestream.Packing;
import io.holdfast.changestream.RecordCodec;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What compressing costs the agent: encoding and sealing, on payloads of which half is random and half repeats itself within the batch. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
public class SealBenchmarks {
    static final int CHANGES = 250;
    static final int CHANGE_BYTES = 4096;
    static final long PAYLOAD_BYTES = (long) CHANGES * CHANGE_BYTES;

    @Param({"NONE", "LZ4", "ZSTD_FAST", "ZSTD_GOOD"})
    public Packing packing;

    private final StreamId stream = new StreamId(AgentId.random(), PgId.random());
    private final VolumeId volume = VolumeId.random();
    private final List<StreamRecord> records = new ArrayList<>();
    private final ByteBuffer encoded = ByteBuffer.allocate(1 << 21);

    @Setup
    public void make() {
        SplittableRandom random = new SplittableRandom(19);
        byte[] common = new byte[CHANGE_BYTES / 2];
        random.nextBytes(common);
        for (int i = 0; i < CHANGES; i++) {
            byte[] payload = new byte[CHANGE_BYTES];
            random.nextBytes(payload);
            System.arraycopy(common, 0, payload, CHANGE_BYTES / 2, common.length);
            records.add(StreamRecord.Data.of(volume, (long) i * CHANGE_BYTES, ByteBuffer.wrap(payload), 1, false));
        }
    }

    @Benchmark
    public ChangeBatch seal() {
        encoded.clear();
        records.forEach(record -> RecordCodec.encode(record, 0, encoded));
        return Batches.seal(
                stream,
                new Epoch(1),
                Seq.FIRST,
                List.of(volume),
                CHANGES,
                encoded.flip(),
                packing,
                Optional.empty(),
                1);
    }
}
