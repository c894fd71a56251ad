package io.holdfast.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A device that can only be read: everything that would change it is refused with {@code EPERM}, and a flush has nothing to do. */
public interface ReadOnlyDevice extends BlockDevice {
    /** What stands in the refusal: why, and what to do instead. */
    String whyReadOnly();

    @Override
    default void write(long offset, ByteBuffer src, boolean fua) throws IOException {
        throw new NbdException(NbdError.EPERM, whyReadOnly());
    }

    @Override
    default void zero(long offset, long length, ZeroOptions options) throws IOException {
        throw new NbdException(NbdError.EPERM, whyReadOnly());
    }

    @Override
    default void trim(long offset, long length, boolean fua) throws IOException {
        throw new NbdException(NbdError.EPERM, whyReadOnly());
    }

    @Override
    default void flush() {}
}
