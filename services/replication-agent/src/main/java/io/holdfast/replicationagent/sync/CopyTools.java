package io.holdfast.replicationagent.sync;

import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What the copiers of one thread share.
 *
 * @param buffer scratch of {@link VolumeCopier#MAX_COPY_BYTES}
 * @param nanoClock monotonic
 */
public record CopyTools(ByteBuffer buffer, ReplicaHashes hashes, InstantSource clock, LongSupplier nanoClock) {
    /** Of a thread that reads the real time. */
    public static CopyTools of(ReplicaHashes hashes) {
        return new CopyTools(
                ByteBuffer.allocateDirect(VolumeCopier.MAX_COPY_BYTES),
                hashes,
                InstantSource.system(),
                System::nanoTime);
    }
}
