package io.holdfast.changestream;

import io.holdfast.proto.v1.Codec;

/** How a batch's body is compressed, in order of effort. The reader follows the codec in the batch, not the effort. */
public enum Packing {
    NONE(Codec.NONE, 0),
    LZ4(Codec.LZ4, 0),
    /** The fastest level that still beats lz4's ratio. */
    ZSTD_FAST(Codec.ZSTD, 1),
    /** Where the line is what holds replication back and the CPU is idle. */
    ZSTD_GOOD(Codec.ZSTD, 4);

    private final Codec codec;
    private final int level;

    Packing(Codec codec, int level) {
        this.codec = codec;
        this.level = level;
    }

    public Codec codec() {
        return codec;
    }

    int level() {
        return level;
    }

    public Packing less() {
        return values()[Math.max(0, ordinal() - 1)];
    }

    public Packing more() {
        return values()[Math.min(values().length - 1, ordinal() + 1)];
    }

    /** The same, but no more than the codec allows. */
    public Packing within(Codec limit) {
        Packing most =
                switch (limit) {
                    case NONE -> NONE;
                    case LZ4 -> LZ4;
                    case ZSTD, CODEC_UNSPECIFIED, UNRECOGNIZED -> ZSTD_GOOD;
                };
        return compareTo(most) <= 0 ? this : most;
    }

    static Packing of(Codec codec) {
        return switch (codec) {
            case ZSTD -> ZSTD_FAST;
            case LZ4 -> LZ4;
            case NONE, CODEC_UNSPECIFIED, UNRECOGNIZED -> NONE;
        };
    }
}
