package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.kernel.Block;
import io.holdfast.nbd.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A volume as a sparse raw file; needs no other program. */
final class RawImage {
    private static final int CHUNK_BYTES = 4 << 20;

    private RawImage() {}

    static void write(PointReader reader, Path file, ImageWriter.Watch watch) throws IOException {
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            // Gives the file its size; what is skipped below stays a hole.
            out.write(ByteBuffer.allocate(1), reader.sizeBytes() - 1);
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
            long at = 0;
            while (at < reader.sizeBytes()) {
                for (Extent extent : reader.extents(at, reader.sizeBytes() - at, 1024)) {
                    for (long from = extent.offset(); from < extent.end() && !extent.readsAsZeroes(); ) {
                        chunk.clear().limit((int) Math.min(CHUNK_BYTES, extent.end() - from));
                        reader.read(from, chunk);
                        writeBlocks(chunk.flip(), from, out);
                        from += chunk.limit();
                        watch.at(from);
                    }
                    at = extent.end();
                    watch.at(at);
                }
            }
            out.force(true);
        }
    }

    /** Writes runs of blocks that are not zero. */
    private static void writeBlocks(ByteBuffer chunk, long offset, FileChannel out) throws IOException {
        int end = chunk.limit();
        int at = 0;
        while (at < end) {
            int until = at;
            while (until < end && !isZero(chunk, until)) {
                until = Math.min(end, until + Block.SIZE_BYTES);
            }
            if (until > at) {
                ByteBuffer run = chunk.slice(at, until - at);
                while (run.hasRemaining()) {
                    out.write(run, offset + at + run.position());
                }
                at = until;
            } else {
                at += Block.SIZE_BYTES;
            }
        }
    }

    private static boolean isZero(ByteBuffer chunk, int from) {
        int end = Math.min(chunk.limit(), from + Block.SIZE_BYTES);
        for (int at = from; at < end; at += Long.BYTES) {
            if (chunk.getLong(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
