package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a guest was told is written and the image's process may still hold in its memory, such as tables of a qcow2 image. When that process dies, the guest runs on
 * and must read what it wrote, so it is written again to the next process.
 *
 * <p>Bounded: the owner flushes when {@link #isFull}, which empties it. Threads: any.
 */
final class UnflushedWrites {
    private final long limitBytes;
    private final Set<Entry> entries = new LinkedHashSet<>();
    private long bytes;

    UnflushedWrites(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    private interface Change {
        void on(BlockDevice device) throws IOException;
    }

    /** One change; identity, not contents, tells two of them apart. */
    static final class Entry {
        private final Change change;
        private final int weightBytes;
        private boolean done;

        private Entry(Change change, int weightBytes) {
            this.change = change;
            this.weightBytes = weightBytes;
        }
    }

    /** To be called before the write is sent. */
    Entry write(long offset, ByteBuffer src) {
        byte[] copy = new byte[src.remaining()];
        src.duplicate().get(copy);
        return add(new Entry(device -> device.write(offset, ByteBuffer.wrap(copy), false), copy.length + 128));
    }

    /** To be called before the zeroing is sent. */
    Entry zero(long offset, long length) {
        return add(new Entry(device -> device.zero(offset, length, ZeroOptions.DEFAULT), 128));
    }

    private synchronized Entry add(Entry entry) {
        entries.add(entry);
        bytes += entry.weightBytes;
        return entry;
    }

    /** It was answered: the next flush makes it durable. */
    synchronized void done(Entry entry) {
        entry.done = true;
    }

    /** It was refused: nobody counts on it. */
    synchronized void refused(Entry entry) {
        remove(entry);
    }

    private void remove(Entry entry) {
        if (entries.remove(entry)) {
            bytes -= entry.weightBytes;
        }
    }

    synchronized boolean isFull() {
        return bytes >= limitBytes;
    }

    /** What a flush that begins now will make durable. */
    synchronized List<Entry> answered() {
        return entries.stream().filter(entry -> entry.done).toList();
    }

    /** The flush is done. */
    synchronized void forget(List<Entry> durable) {
        durable.forEach(this::remove);
    }

    /** Does everything again, in the order in which it was begun. */
    void replay(BlockDevice device) throws IOException {
        List<Entry> all;
        synchronized (this) {
            all = new ArrayList<>(entries);
        }
        for (Entry entry : all) {
            entry.change.on(device);
        }
        device.flush();
    }

    synchronized long bytes() {
        return bytes;
    }
}
