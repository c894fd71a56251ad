package io.holdfast.kernel;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4) as an {@code int} whose bits are the unsigned value. */
public final class Crc32c {
    private Crc32c() {}

    /** The checksum of the remaining bytes. The buffer's position and limit are left as they were. */
    public static int of(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    public static int of(byte[] bytes) {
        return of(ByteBuffer.wrap(bytes));
    }
}
