package io.holdfast.journalstore.adapter.nbd;

import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ReadOnlyDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** A volume as of an LSN, read-only (glossary: view). Whoever opened the point closes it. */
public final class ViewDevice implements ReadOnlyDevice {
    private static final Set<Capability> CAN = Set.of(Capability.READ_ONLY, Capability.FLUSH, Capability.MULTI_CONN);

    private final PointReader reader;
    private final Consumer<HoldfastException> failures;

    public ViewDevice(PointReader reader) {
        this(reader, _ -> {});
    }

    /** @param failures told why a read is refused, which the client only learns as an I/O error */
    public ViewDevice(PointReader reader, Consumer<HoldfastException> failures) {
        this.reader = reader;
        this.failures = failures;
    }

    @Override
    public long size() {
        return reader.sizeBytes();
    }

    @Override
    public Set<Capability> capabilities() {
        return CAN;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        requireRange(offset, dst.remaining());
        try {
            reader.read(offset, dst);
        } catch (HoldfastException failure) {
            failures.accept(failure);
            throw new NbdException(NbdError.EIO, failure.toString(), new IOException(failure));
        }
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        requireRange(offset, length);
        try {
            return reader.extents(offset, length, limit);
        } catch (HoldfastException failure) {
            failures.accept(failure);
            throw new NbdException(NbdError.EIO, failure.toString(), new IOException(failure));
        }
    }

    private void requireRange(long offset, long length) throws NbdException {
        if (offset < 0 || length < 0 || offset > size() - length) {
            throw new NbdException(
                    NbdError.EINVAL, "beyond the end: offset %d, length %d, size %d".formatted(offset, length, size()));
        }
    }

    @Override
    public String whyReadOnly() {
        return "a point of the past cannot be changed; open a recovery session";
    }

    @Override
    public void close() {}
}
