package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.session.BlockBitmap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A {@link BlockBitmap} on disk. What the bits stand for is forced before they are written, and each bit is right by itself before and after
 * a change, so a page that a crash tears does no harm. Safe for any number of threads.
 */
public final class BitmapFile {
    private final Path path;
    private final ReentrantLock flushing = new ReentrantLock();

    public BitmapFile(Path path) {
        this.path = path;
    }

    /** Makes bytes durable. */
    @FunctionalInterface
    public interface Force {
        void run() throws IOException;
    }

    /** Takes over what is on disk, if anything. */
    public void load(BlockBitmap bitmap) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer page = ByteBuffer.allocate(BlockBitmap.PAGE_BYTES);
            long pages = Math.ceilDiv(file.size(), BlockBitmap.PAGE_BYTES);
            for (int number = 0; number < pages; number++) {
                page.clear();
                long at = (long) number * BlockBitmap.PAGE_BYTES;
                while (page.hasRemaining() && file.read(page, at + page.position()) > 0) {
                    // Reads on until the page or the file ends.
                }
                byte[] bytes = new byte[page.position()];
                page.flip().get(bytes);
                bitmap.load(number, bytes);
            }
        }
    }

    /**
     * Makes the bytes durable, then the bits as they were before that began.
     *
     * @throws IOException with the bits still to be written by the next call
     */
    public void flush(BlockBitmap bitmap, Force bytes) throws IOException {
        flushing.lock();
        try {
            // Taken first: every bit here stands for bytes that are written already.
            Deque<BlockBitmap.Page> pages = bitmap.takeDirty();
            boolean done = false;
            try {
                bytes.run();
                write(pages);
                done = true;
            } finally {
                if (!done) {
                    bitmap.returnDirty(pages);
                }
            }
        } finally {
            flushing.unlock();
        }
    }

    /** Opens the file for each flush: an interrupted thread would close a channel that others use. */
    private void write(Deque<BlockBitmap.Page> pages) throws IOException {
        if (pages.isEmpty()) {
            return;
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (BlockBitmap.Page page : pages) {
                ByteBuffer bytes = ByteBuffer.wrap(page.bytes());
                long at = (long) page.number() * BlockBitmap.PAGE_BYTES;
                while (bytes.hasRemaining()) {
                    file.write(bytes, at + bytes.position());
                }
            }
            file.force(true);
        }
    }
}
