package io.holdfast.journalstore.adapter.nbd;

import io.holdfast.journalstore.readahead.SequentialReader;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.device.ForwardingBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A device whose client, one connection, is read ahead for. Writes go their way: what is fetched is dropped, and cannot be stale. */
final class ReadAheadDevice extends ForwardingBlockDevice {
    private final Fetchers fetchers;
    private final SequentialReader reader;

    ReadAheadDevice(BlockDevice device, Fetchers fetchers) {
        super(device);
        this.fetchers = fetchers;
        this.reader = new SequentialReader(device.size());
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        reader.asked(offset, dst.remaining()).ifPresent(range -> fetchers.fetch(below(), range, reader));
        long began = System.nanoTime();
        long busy = Fetchers.busyNanos();
        try {
            super.read(offset, dst);
        } finally {
            reader.read(System.nanoTime() - began, Fetchers.busyNanos() - busy);
        }
    }
}
