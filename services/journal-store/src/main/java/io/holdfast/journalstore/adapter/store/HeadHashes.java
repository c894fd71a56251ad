package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalSnapshot;
import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Hashes of what a replica holds at its head, for an agent that compares before it sends (docs/sync-states.md, "Comparing"). At most {@value #AT_ONCE} ranges
 * are hashed at one time, so that apply keeps its pace, and each holds one piece of {@value #PIECE_BYTES} bytes. Thread-safe.
 */
public final class HeadHashes {
    public static final int HASH_BYTES = 32;

    static final int AT_ONCE = 2;
    private static final int WAITING = 16;
    private static final long WAIT_MILLIS = 10_000;
    private static final int PIECE_BYTES = 1 << 20;
    private static final int MIN_CHUNK_BYTES = 64 << 10;
    private static final int MAX_CHUNKS = 4096;
    private final JournalStore store;
    private final Semaphore places = new Semaphore(AT_ONCE, true);
    private final Semaphore queue = new Semaphore(AT_ONCE + WAITING);

    HeadHashes(JournalStore store) {
        this.store = store;
    }

    /**
     * What to hash, and behind which place.
     *
     * @param from the replica must have applied this place of the agent's stream
     * @param offset a multiple of {@code chunkBytes}
     * @param length bytes; a multiple of {@code chunkBytes}, or to the volume's end
     * @param chunkBytes a power of two, 64 KiB to 1 MiB
     */
    public record Question(
            PgId pg, AgentId agent, VolumeId volume, StreamPosition from, long offset, long length, int chunkBytes) {}

    /**
     * @return {@link #HASH_BYTES} for each chunk: its SHA-256, or zeroes for a chunk of zeroes
     * @throws HoldfastException {@code JOURNAL_NOT_FOUND}, {@code NOT_APPLIED_YET}, {@code VOLUME_NOT_FOUND}, {@code INVALID_RANGE}, {@code TOO_MANY_REQUESTS},
     *     {@code JOURNAL_DAMAGED} and storage failures
     */
    public byte[] of(Question question) {
        Journal journal = store.require(question.pg());
        JournalSnapshot now = journal.snapshot();
        requireApplied(question, now);
        VolumeSlot slot = slotOf(question, now);
        requireRange(question, slot);
        if (!queue.tryAcquire()) {
            throw tooMany();
        }
        try {
            if (!places.tryAcquire(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
                throw tooMany();
            }
            try {
                return hash(journal, slot, question);
            } finally {
                places.release();
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw tooMany();
        } finally {
            queue.release();
        }
    }

    private static HoldfastException tooMany() {
        return new HoldfastException(
                JournalError.TOO_MANY_REQUESTS, "as many ranges as may be are being hashed; ask again later");
    }

    private static void requireApplied(Question question, JournalSnapshot now) {
        StreamPosition applied =
                now.streams().getOrDefault(question.agent(), AppliedStream.NEW).position();
        if (!applied.epoch().equals(question.from().epoch())
                || applied.seq().compareTo(question.from().seq()) < 0) {
            throw new HoldfastException(
                    JournalError.NOT_APPLIED_YET,
                    "the journal has applied %s of the stream of agent %s, not %s"
                            .formatted(applied, question.agent(), question.from()));
        }
    }

    private static VolumeSlot slotOf(Question question, JournalSnapshot now) {
        return now.manifest()
                .slotOf(question.volume())
                .filter(slot -> slot.isProtected() && slot.agent().equals(question.agent()))
                .orElseThrow(() -> new HoldfastException(
                        JournalError.VOLUME_NOT_FOUND,
                        "group %s has no volume %s of agent %s"
                                .formatted(question.pg(), question.volume(), question.agent())));
    }

    private static void requireRange(Question question, VolumeSlot slot) {
        int chunk = question.chunkBytes();
        boolean chunkFits = Integer.bitCount(chunk) == 1 && chunk >= MIN_CHUNK_BYTES && chunk <= PIECE_BYTES;
        boolean fits = chunkFits
                && question.offset() >= 0
                && question.length() > 0
                && question.offset() % chunk == 0
                && question.length() <= slot.sizeBytes() - question.offset()
                && (question.length() % chunk == 0 || question.offset() + question.length() == slot.sizeBytes())
                && Math.ceilDiv(question.length(), chunk) <= MAX_CHUNKS;
        if (!fits) {
            throw new HoldfastException(
                    JournalError.INVALID_RANGE,
                    "offset %d, length %d in chunks of %d bytes cannot be hashed; volume %s has %d bytes"
                            .formatted(
                                    question.offset(), question.length(), chunk, question.volume(), slot.sizeBytes()));
        }
    }

    private static byte[] hash(Journal journal, VolumeSlot slot, Question question) {
        try (Leases.Lease head = leaseAtHead(journal)) {
            return new Hashing(journal.reader(slot, head.lsn()), question).run();
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the replica of %s cannot be read".formatted(slot.volume()), failure);
        }
    }

    /** The head moves on meanwhile; every head from the question's place on gives the same answer where it matters. */
    private static Leases.Lease leaseAtHead(Journal journal) {
        return journal.leases()
                .take(journal.snapshot().head())
                .orElseThrow(() -> new HoldfastException(
                        JournalError.NOT_APPLIED_YET, "the journal's tail has just passed its head; ask again"));
    }

    /** One answer under way. */
    private static final class Hashing {
        private final PointReader reader;
        private final Question question;
        private final long end;
        private final ByteBuffer hashes;
        private final ByteBuffer piece;
        private final MessageDigest digest = sha256();

        Hashing(PointReader reader, Question question) {
            this.reader = reader;
            this.question = question;
            this.end = question.offset() + question.length();
            this.hashes = ByteBuffer.allocate(
                    HASH_BYTES * Math.toIntExact(Math.ceilDiv(question.length(), question.chunkBytes())));
            this.piece = ByteBuffer.allocate(PIECE_BYTES);
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException("every JDK has SHA-256", impossible);
            }
        }

        byte[] run() throws IOException {
            long at = question.offset();
            while (at < end) {
                // An extent may end within a chunk: what comes behind is looked at again from the next chunk on.
                Extent extent = reader.extents(at, end - at, 1).getFirst();
                long next = extent.readsAsZeroes() ? skip(at, extent.end()) : at;
                at = next > at ? next : read(at, extent.readsAsZeroes() ? at + 1 : extent.end());
            }
            return hashes.array();
        }

        /** Chunks that lie in the zeroes as a whole. */
        private long skip(long from, long zeroesEnd) {
            long at = from;
            while (at < end && Math.min(at + question.chunkBytes(), end) <= zeroesEnd) {
                hashes.position(hashes.position() + HASH_BYTES);
                at = Math.min(at + question.chunkBytes(), end);
            }
            return at;
        }

        /** Whole chunks from {@code from} until {@code until} is reached or passed. */
        private long read(long from, long until) throws IOException {
            long at = from;
            while (at < until && at < end) {
                long bytes = Math.min(PIECE_BYTES, end - at);
                long wanted =
                        Math.min(bytes, Math.ceilDiv(until - at, question.chunkBytes()) * (long) question.chunkBytes());
                piece.clear().limit((int) wanted);
                reader.read(at, piece);
                piece.flip();
                at += wanted;
                while (piece.hasRemaining()) {
                    hashChunk(piece.slice(piece.position(), Math.min(question.chunkBytes(), piece.remaining())));
                    piece.position(piece.position() + Math.min(question.chunkBytes(), piece.remaining()));
                }
            }
            return at;
        }

        private void hashChunk(ByteBuffer chunk) {
            if (isZero(chunk)) {
                hashes.position(hashes.position() + HASH_BYTES);
            } else {
                digest.update(chunk);
                hashes.put(digest.digest());
            }
        }

        private static final ByteBuffer ZEROES =
                ByteBuffer.allocate(Block.SIZE_BYTES).asReadOnlyBuffer();

        private static boolean isZero(ByteBuffer chunk) {
            for (int at = 0; at < chunk.limit(); at += Block.SIZE_BYTES) {
                if (chunk.slice(at, Math.min(Block.SIZE_BYTES, chunk.limit() - at))
                                .mismatch(ZEROES.duplicate().limit(Math.min(Block.SIZE_BYTES, chunk.limit() - at)))
                        >= 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
