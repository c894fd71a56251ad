package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/** One answer of {@link HeadHashes} under way: reads a range in pieces and hashes its chunks. One thread. */
final class HashRun {
    static final int PIECE_BYTES = 1 << 20;
    /** Stands for what is damaged: no contents have this hash that anybody could find, so the chunk is sent again. */
    private static final byte[] UNREADABLE = new byte[HeadHashes.HASH_BYTES];

    /** Stands for what is known to be equal without a look. */
    private static final byte[] KNOWN_EQUAL = new byte[HeadHashes.HASH_BYTES];

    static {
        Arrays.fill(UNREADABLE, (byte) 0xff);
        Arrays.fill(KNOWN_EQUAL, (byte) 0xfe);
    }

    private final PointReader reader;
    private final HeadHashes.Question question;
    private final long wholeEnd;
    private final Optional<Regions> differing;
    /** Of the stretch that is hashed now. */
    private long end;

    private final ByteBuffer hashes;
    private final ByteBuffer piece;
    private final MessageDigest digest = sha256();

    /** @param differing outside of it chunks are known to be equal; empty = nothing is known */
    HashRun(PointReader reader, HeadHashes.Question question, Optional<Regions> differing) {
        this.reader = reader;
        this.question = question;
        this.differing = differing;
        this.wholeEnd = question.offset() + question.length();
        this.hashes = ByteBuffer.allocate(
                HeadHashes.HASH_BYTES * Math.toIntExact(Math.ceilDiv(question.length(), question.chunkBytes())));
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
        while (at < wholeEnd) {
            boolean equal = isKnownEqual(at);
            end = chunkEnd(at);
            while (end < wholeEnd && isKnownEqual(end) == equal) {
                end = chunkEnd(end);
            }
            if (equal) {
                for (; at < end; at = chunkEnd(at)) {
                    hashes.put(KNOWN_EQUAL);
                }
            } else {
                hash(at);
                at = end;
            }
        }
        return hashes.array();
    }

    private long chunkEnd(long chunk) {
        return Math.min(chunk + question.chunkBytes(), wholeEnd);
    }

    private boolean isKnownEqual(long chunk) {
        return differing
                .filter(ranges -> ranges.areOutside(chunk, chunkEnd(chunk)))
                .isPresent();
    }

    private void hash(long from) throws IOException {
        long at = from;
        while (at < end) {
            // An extent may end within a chunk: what comes behind is looked at again from the next chunk on.
            Extent extent = reader.extents(at, end - at, 1).getFirst();
            long next = extent.readsAsZeroes() ? skip(at, extent.end()) : at;
            at = next > at ? next : read(at, extent.readsAsZeroes() ? at + 1 : extent.end());
        }
    }

    /** Chunks that lie in the zeroes as a whole. */
    private long skip(long from, long zeroesEnd) {
        long at = from;
        while (at < end && Math.min(at + question.chunkBytes(), end) <= zeroesEnd) {
            hashes.position(hashes.position() + HeadHashes.HASH_BYTES);
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
            if (tryFill(at, (int) wanted)) {
                hashPiece();
            } else {
                hashApart(at, (int) wanted);
            }
            at += wanted;
        }
        return at;
    }

    /** False when something in the range is damaged. */
    private boolean tryFill(long at, int bytes) throws IOException {
        try {
            piece.clear().limit(bytes);
            reader.read(at, piece);
            piece.flip();
            return true;
        } catch (HoldfastException unreadable) {
            if (unreadable.code() != JournalError.JOURNAL_DAMAGED) {
                throw unreadable;
            }
            return false;
        }
    }

    private void hashPiece() {
        while (piece.hasRemaining()) {
            hashChunk(piece.slice(piece.position(), Math.min(question.chunkBytes(), piece.remaining())));
            piece.position(piece.position() + Math.min(question.chunkBytes(), piece.remaining()));
        }
    }

    /** Chunk by chunk, so that damage costs the chunks that it is in and no others. */
    private void hashApart(long from, int bytes) throws IOException {
        for (long at = from; at < from + bytes; at += question.chunkBytes()) {
            if (tryFill(at, (int) Math.min(question.chunkBytes(), from + bytes - at))) {
                hashPiece();
            } else {
                hashes.put(UNREADABLE);
            }
        }
    }

    private void hashChunk(ByteBuffer chunk) {
        if (isZero(chunk)) {
            hashes.position(hashes.position() + HeadHashes.HASH_BYTES);
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
