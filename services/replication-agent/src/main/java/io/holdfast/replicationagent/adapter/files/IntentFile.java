package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.Crc32c;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.intent.IntentStore;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A write-intent map's file. All sectors are 512 bytes, so that a write that a crash cuts leaves each sector whole, old or new; the file never
 * changes its size, so that forcing it forces data only. All integers are big-endian.
 *
 * <pre>
 *  sector 0 (header)                       sector n + 1
 *   0  magic "HFINTENT"                      0  62 words of 64 regions
 *   8  version (4) = 1                     496  n (4)
 *  12  region size in bytes (4)            500  zero (8)
 *  16  volume id (16)                      508  crc32c of bytes 0 to 507
 *  32  volume size in bytes (8)
 *  40  zero
 * 508  crc32c of bytes 0 to 507
 * </pre>
 */
final class IntentFile implements IntentStore {
    private static final int SECTOR_BYTES = 512;
    private static final int CRC_AT = SECTOR_BYTES - 4;
    private static final long MAGIC = 0x4846494E54454E54L;
    private static final int VERSION = 1;

    private final Path path;
    private FileChannel channel;
    private boolean closed;

    private IntentFile(Path path) throws IOException {
        this.path = path;
        this.channel = open(path);
    }

    /** A new file with nothing marked, put in place of any older one in one step. */
    static IntentFile create(StateDirectory directory, Path path, VolumeId volume, long sizeBytes) throws IOException {
        int sectors = WriteIntentMap.sectorsFor(sizeBytes);
        ByteBuffer all = ByteBuffer.allocate((sectors + 1) * SECTOR_BYTES);
        all.put(header(volume, sizeBytes));
        for (int sector = 0; sector < sectors; sector++) {
            all.put(sector(sector, new long[WORDS_PER_SECTOR]));
        }
        directory.replace(path, all.array());
        return new IntentFile(path);
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** A file as it was left. */
    record Existing(IntentFile file, long[] marked) {}

    /** Empty unless every byte of the file is as it must be for this volume. */
    static Optional<Existing> open(StateDirectory directory, Path path, VolumeId volume, long sizeBytes)
            throws IOException {
        Optional<byte[]> bytes = directory.read(path);
        int sectors = WriteIntentMap.sectorsFor(sizeBytes);
        if (bytes.isEmpty() || bytes.get().length != (sectors + 1) * SECTOR_BYTES) {
            return Optional.empty();
        }
        ByteBuffer all = ByteBuffer.wrap(bytes.get());
        if (!all.slice(0, SECTOR_BYTES).equals(header(volume, sizeBytes))) {
            return Optional.empty();
        }
        long[] marked = new long[sectors * WORDS_PER_SECTOR];
        for (int sector = 0; sector < sectors; sector++) {
            ByteBuffer one = all.slice((sector + 1) * SECTOR_BYTES, SECTOR_BYTES);
            if (one.getInt(WORDS_PER_SECTOR * Long.BYTES) != sector
                    || one.getInt(CRC_AT) != Crc32c.of(one.slice(0, CRC_AT))) {
                return Optional.empty();
            }
            for (int i = 0; i < WORDS_PER_SECTOR; i++) {
                marked[sector * WORDS_PER_SECTOR + i] = one.getLong(i * Long.BYTES);
            }
        }
        return Optional.of(new Existing(new IntentFile(path), marked));
    }

    private static ByteBuffer header(VolumeId volume, long sizeBytes) {
        ByteBuffer header = ByteBuffer.allocate(SECTOR_BYTES);
        header.putLong(MAGIC).putInt(VERSION).putInt(WriteIntentMap.REGION_BYTES);
        header.putLong(volume.value().getMostSignificantBits())
                .putLong(volume.value().getLeastSignificantBits())
                .putLong(sizeBytes);
        return withCrc(header);
    }

    private static ByteBuffer sector(int number, long[] words) {
        ByteBuffer sector = ByteBuffer.allocate(SECTOR_BYTES);
        for (long word : words) {
            sector.putLong(word);
        }
        sector.putInt(number);
        return withCrc(sector);
    }

    private static ByteBuffer withCrc(ByteBuffer sector) {
        sector.putInt(CRC_AT, Crc32c.of(sector.slice(0, CRC_AT)));
        return sector.clear();
    }

    @Override
    public void write(int sector, long[] words) throws IOException {
        writeAt((sector + 1L) * SECTOR_BYTES, sector(sector, words));
    }

    private void writeAt(long position, ByteBuffer bytes) throws IOException {
        run(() -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes, position + bytes.position());
            }
        });
    }

    @Override
    public void force() throws IOException {
        run(() -> channel.force(false));
    }

    private interface Step {
        void run() throws IOException;
    }

    /**
     * The JDK closes a channel when a thread inside it is interrupted; a guest's thread that is told to stop must not cost the map. What was
     * written stays in the system's cache, so forcing a newly opened channel forces it as well.
     */
    private void run(Step step) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    step.run();
                    return;
                } catch (ClosedChannelException interruptedInside) {
                    interrupted |= Thread.interrupted();
                    if (closed) {
                        throw interruptedInside;
                    }
                    channel = open(path);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void invalidate() throws IOException {
        writeAt(0, ByteBuffer.allocate(SECTOR_BYTES));
        force();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        channel.close();
    }
}
