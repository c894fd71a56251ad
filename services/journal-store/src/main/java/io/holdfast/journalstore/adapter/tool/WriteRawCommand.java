package io.holdfast.journalstore.adapter.tool;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code journal-tool write-raw}: a volume at one point as a sparse raw file. */
@Command(
        name = "write-raw",
        description = "Writes a volume as it was at one point into a sparse raw file.",
        mixinStandardHelpOptions = true)
final class WriteRawCommand implements Callable<Integer> {
    private static final int CHUNK_BYTES = 4 << 20;

    @Parameters(index = "0", paramLabel = "DIRECTORY", description = "The data directory, or one journal's folder.")
    private Path directory;

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to write; must not exist.")
    private Path file;

    @Option(names = "--pg", description = "The group; may be left out when there is only one journal.")
    private String pg;

    @Option(names = "--volume", description = "Id or name; may be left out when there is only one.")
    private String volume;

    @Option(
            names = "--at",
            description = "A checkpoint id, lsn:<number>, an instant, or latest (default: ${DEFAULT-VALUE}).",
            defaultValue = "latest")
    private String at;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (Files.exists(file)) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST,
                    "%s exists; nothing is overwritten, choose another name".formatted(file));
        }
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try (ToolJournals journals = new ToolJournals(directory);
                Journal journal = journals.open(journals.find(pg));
                OpenPoint point = new JournalPoints(journal).open(Point.parse(at))) {
            VolumeSlot slot = ToolJournals.volume(point.volumes(), volume);
            long written = copy(journal.reader(slot, point.lsn()), partial);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s: volume %s at LSN %s, %d bytes, %d of them written%n",
                            file, slot.volume(), point.lsn(), slot.sizeBytes(), written);
            spec.commandLine().getOut().flush();
            return 0;
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static long copy(PointReader reader, Path partial) throws IOException {
        long written = 0;
        try (FileChannel out = FileChannel.open(
                partial, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            // Gives the file its size; what is skipped below stays a hole.
            out.write(ByteBuffer.allocate(1), reader.sizeBytes() - 1);
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
            long at = 0;
            while (at < reader.sizeBytes()) {
                for (Extent extent : reader.extents(at, reader.sizeBytes() - at, 1024)) {
                    for (long from = extent.offset(); from < extent.end() && !extent.readsAsZeroes(); ) {
                        chunk.clear().limit((int) Math.min(CHUNK_BYTES, extent.end() - from));
                        reader.read(from, chunk);
                        written += writeBlocks(chunk.flip(), from, out);
                        from += chunk.limit();
                    }
                    at = extent.end();
                }
            }
            out.force(true);
        }
        return written;
    }

    /** Writes runs of blocks that are not zero. */
    private static long writeBlocks(ByteBuffer chunk, long offset, FileChannel out) throws IOException {
        long written = 0;
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
                written += until - at;
                at = until;
            } else {
                at += Block.SIZE_BYTES;
            }
        }
        return written;
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
