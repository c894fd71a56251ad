package io.holdfast.changestream;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A message's bytes as a buffer, where they are if they are in one piece, which a parsed message's are; else a copy. Unlike
 * {@link ByteString#asReadOnlyByteBuffer} it has an array, so that checksums need no copy; it is not to be changed all the same.
 */
final class BodyBytes extends ByteOutput {
    private int pieces;
    private ByteBuffer only;

    private BodyBytes() {}

    static ByteBuffer of(ByteString bytes) {
        BodyBytes output = new BodyBytes();
        try {
            UnsafeByteOperations.unsafeWriteTo(bytes, output);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return output.pieces == 1 && output.only != null ? output.only : ByteBuffer.wrap(bytes.toByteArray());
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
        pieces++;
        only = ByteBuffer.wrap(value, offset, length).slice();
    }

    @Override
    public void write(byte[] value, int offset, int length) {
        // Only until this returns: not to be kept.
        pieces++;
    }

    @Override
    public void write(byte value) {
        pieces++;
    }

    @Override
    public void write(ByteBuffer value) {
        pieces++;
    }

    @Override
    public void writeLazy(ByteBuffer value) {
        pieces++;
        only = value.slice();
    }
}
