package io.holdfast.journalstore.adapter.rocksdb;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/** Bounds the buffers, and with them the concurrent reads, of one journal: a caller waits until one is free. */
final class ScratchPool {
    private final Semaphore permits;
    private final ConcurrentLinkedDeque<AsOfReader.Scratch> idle = new ConcurrentLinkedDeque<>();

    ScratchPool(int size) {
        permits = new Semaphore(size);
    }

    <T> T with(Function<AsOfReader.Scratch, T> work) {
        permits.acquireUninterruptibly();
        AsOfReader.Scratch scratch = idle.pollFirst();
        if (scratch == null) {
            scratch = new AsOfReader.Scratch();
        }
        try {
            return work.apply(scratch);
        } finally {
            idle.addFirst(scratch);
            permits.release();
        }
    }
}
