package io.holdfast.changestream;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.Codec;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/**
 * Compresses a batch's body as a whole (F53). Stateless and safe for any number of threads.
 *
 * <p>Bodies that do not shrink are sent as they are, with {@link Codec#NONE}: the reader follows the codec named in the
 * batch, not the one that was configured.
 */
final class BatchCompression {
    private BatchCompression() {}

    /** What a body became. {@code codec} may be NONE where compression would not have helped. */
    record Compressed(Codec codec, byte[] bytes) {}

    static Compressed compress(Packing wanted, ByteBuffer body) {
        byte[] plain = new byte[body.remaining()];
        body.duplicate().get(plain);
        byte[] packed =
                switch (wanted) {
                    case ZSTD_FAST, ZSTD_GOOD -> Zstd.compress(plain, wanted.level());
                    case LZ4 -> LZ4Factory.fastestInstance().fastCompressor().compress(plain);
                    case NONE -> plain;
                };
        return packed.length < plain.length
                ? new Compressed(wanted.codec(), packed)
                : new Compressed(Codec.NONE, plain);
    }

    /**
     * Restores a body of exactly {@code length} bytes.
     *
     * @param length already checked against the limit, so that hostile input cannot make this allocate more
     * @throws HoldfastException {@code MALFORMED_BATCH} when the bytes are not a compressed body of that length
     */
    static ByteBuffer restore(Codec codec, ByteBuffer body, int length) {
        return switch (codec) {
            case NONE -> {
                if (body.remaining() != length) {
                    throw malformed("%d bytes, %d announced".formatted(body.remaining(), length));
                }
                yield body;
            }
            case ZSTD -> ByteBuffer.wrap(unpackZstd(bytesOf(body), length));
            case LZ4 -> ByteBuffer.wrap(unpackLz4(bytesOf(body), length));
            case CODEC_UNSPECIFIED, UNRECOGNIZED -> throw malformed("unknown codec");
        };
    }

    private static byte[] unpackZstd(byte[] packed, int length) {
        byte[] plain = new byte[length];
        try {
            long size = Zstd.decompress(plain, packed);
            if (Zstd.isError(size) || size != length) {
                throw malformed("zstd gives %d bytes, %d announced".formatted(size, length));
            }
        } catch (ZstdException damaged) {
            throw malformed("zstd: " + damaged.getMessage());
        }
        return plain;
    }

    private static byte[] unpackLz4(byte[] packed, int length) {
        byte[] plain = new byte[length];
        try {
            int size = LZ4Factory.fastestInstance().safeDecompressor().decompress(packed, plain);
            if (size != length) {
                throw malformed("lz4 gives %d bytes, %d announced".formatted(size, length));
            }
        } catch (LZ4Exception damaged) {
            throw malformed("lz4: " + damaged.getMessage());
        }
        return plain;
    }

    private static byte[] bytesOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static HoldfastException malformed(String why) {
        return new HoldfastException(ChangeStreamError.MALFORMED_BATCH, "the batch's body cannot be restored: " + why);
    }
}
