package io.holdfast.changestream;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The checksum of a message's bytes where they are. {@link ByteString#asReadOnlyByteBuffer} would do as well; of a read-only buffer on the heap the JDK's checksum
 * can only read a copy.
 */
final class BodySum extends ByteOutput {
    private final CRC32C sum = new CRC32C();

    private BodySum() {}

    static int of(ByteString bytes) {
        BodySum output = new BodySum();
        try {
            UnsafeByteOperations.unsafeWriteTo(bytes, output);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return (int) output.sum.getValue();
    }

    @Override
    public void write(byte value) {
        sum.update(value);
    }

    @Override
    public void write(byte[] value, int offset, int length) {
        sum.update(value, offset, length);
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
        sum.update(value, offset, length);
    }

    @Override
    public void write(ByteBuffer value) {
        sum.update(value);
    }

    @Override
    public void writeLazy(ByteBuffer value) {
        sum.update(value.duplicate());
    }
}
