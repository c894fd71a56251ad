package io.holdfast.kernel.change;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.Crc32c;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * One entry of a stream. Every record takes one seq, changes and control records alike, so a lost record of any kind is a
 * gap that the journal sees (architecture, section 3).
 */
public sealed interface StreamRecord {
    /** Microseconds since 1970-01-01T00:00Z by the agent's clock, taken when the guest's write was captured. */
    long writtenAtMicros();

    /** A captured write. Only changes take an LSN in the journal. */
    sealed interface Change extends StreamRecord {
        /** Longest change in bytes; the agent splits longer guest writes. Bounds every buffer downstream. */
        int MAX_LENGTH_BYTES = 1 << 20;

        VolumeId volume();

        /** First byte on the volume; a multiple of {@link Block#SIZE_BYTES}. */
        long offset();

        /** Bytes covered; a multiple of {@link Block#SIZE_BYTES}, at least one block. */
        int length();

        /** True when a sync copied the range; false when a guest write caused the change. */
        boolean sync();
    }

    /**
     * Bytes replaced by the payload.
     *
     * @param payload exactly the bytes of the change between position and limit; not to be changed by anybody afterwards.
     *     Accessors hand out the same buffer: duplicate it before moving its position
     * @param crc32c of the payload, computed where the bytes were captured and carried to the journal
     */
    record Data(VolumeId volume, long offset, ByteBuffer payload, int crc32c, long writtenAtMicros, boolean sync)
            implements Change {
        public Data {
            Objects.requireNonNull(volume, "volume");
            requireBlocks(offset, payload.remaining(), MAX_LENGTH_BYTES);
        }

        /** Takes the bytes and computes their checksum. */
        public static Data of(VolumeId volume, long offset, ByteBuffer payload, long writtenAtMicros, boolean sync) {
            return new Data(volume, offset, payload, Crc32c.of(payload), writtenAtMicros, sync);
        }

        @Override
        public int length() {
            return payload.remaining();
        }
    }

    /** Bytes that read as zero from now on. May cover more than {@link Change#MAX_LENGTH_BYTES}: it has no payload. */
    record Zero(VolumeId volume, long offset, int length, long writtenAtMicros, boolean sync) implements Change {
        public Zero {
            Objects.requireNonNull(volume, "volume");
            requireBlocks(offset, length, MAX_EMPTY_LENGTH_BYTES);
        }
    }

    /**
     * Bytes that the guest gave up. They read as zero in the journal: the agent zeroes them on its own disk as well, so that
     * source and replica stay equal byte for byte.
     */
    record Discard(VolumeId volume, long offset, int length, long writtenAtMicros, boolean sync) implements Change {
        public Discard {
            Objects.requireNonNull(volume, "volume");
            requireBlocks(offset, length, MAX_EMPTY_LENGTH_BYTES);
        }
    }

    /** The volume is being brought to the source's state; no point after this one is consistent until it is completed. */
    record SyncStarted(VolumeId volume, SyncKind kind, long writtenAtMicros) implements StreamRecord {
        public SyncStarted {
            Objects.requireNonNull(volume, "volume");
            Objects.requireNonNull(kind, "kind");
        }
    }

    /** From here on the volume's replica equals the source at this place of the stream. */
    record SyncCompleted(VolumeId volume, long writtenAtMicros) implements StreamRecord {
        public SyncCompleted {
            Objects.requireNonNull(volume, "volume");
        }
    }

    /** The place of a checkpoint in the stream. A marker is always the last record of its batch. */
    record Marker(CheckpointId checkpoint, long writtenAtMicros) implements StreamRecord {
        public Marker {
            Objects.requireNonNull(checkpoint, "checkpoint");
        }
    }

    /** Longest ZERO or DISCARD in bytes: 1 GiB. */
    int MAX_EMPTY_LENGTH_BYTES = 1 << 30;

    private static void requireBlocks(long offset, int length, int maxLength) {
        if (offset < 0
                || length <= 0
                || length > maxLength
                || offset % Block.SIZE_BYTES != 0
                || length % Block.SIZE_BYTES != 0
                || offset > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException(
                    "a change covers whole blocks of %d bytes, at most %d bytes; got offset %d, length %d"
                            .formatted(Block.SIZE_BYTES, maxLength, offset, length));
        }
    }
}
