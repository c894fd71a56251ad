package io.holdfast.journalstore.relay;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.HashReply;
import io.holdfast.proto.v1.HashRequest;
import io.holdfast.proto.v1.VolumeRange;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What the target's replica holds, as hashes, for one sync of one group (docs/sync-states.md, "Comparing"). Everything behind the cursor is untouched
 * since the sync's start, so an answer is good however old it is. One thread.
 */
final class Comparison {
    /** What is compared at once, and sent whole when it differs. */
    static final int CHUNK_BYTES = 64 << 10;
    /** What one question covers; two are asked or kept, that of the cursor and the next one. */
    static final long WINDOW_BYTES = 16L << 20;

    private static final int HASH_BYTES = 32;
    private static final ByteBuffer ZEROES =
            ByteBuffer.wrap(new byte[HASH_BYTES]).asReadOnlyBuffer();
    private static final long ANSWER_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long PATIENCE_NANOS = Duration.ofMinutes(1).toNanos();

    private final PgId group;
    private final Epoch epoch;
    private final List<RelayVolume> volumes;
    private final LongSupplier nanoTime;
    private final Deque<Window> windows = new ArrayDeque<>();
    private final MessageDigest sha256 = sha256();
    private boolean on = true;
    private boolean asked;
    private long lastGoodNanos;

    private static final class Window {
        final int volume;
        final long offset;
        long request;
        long againAtNanos;
        long pauseNanos = FIRST_PAUSE_NANOS;
        ByteBuffer hashes;

        Window(int volume, long offset, long now) {
            this.volume = volume;
            this.offset = offset;
            this.againAtNanos = now;
        }

        boolean covers(Cursor cursor) {
            return cursor.volume() == volume && cursor.offset() >= offset && cursor.offset() < offset + WINDOW_BYTES;
        }
    }

    /** @param volumes whose syncs were started by the first records of the epoch, in this order */
    Comparison(PgId group, Epoch epoch, List<RelayVolume> volumes, LongSupplier nanoTime) {
        this.group = group;
        this.epoch = epoch;
        this.volumes = volumes;
        this.nanoTime = nanoTime;
    }

    /** Whether nothing is sent before it was compared. */
    boolean isOn() {
        return on;
    }

    /**
     * Whether the hashes at the cursor are here. If not they are wanted from now on; without a good answer for a minute the copy goes on without them.
     */
    boolean has(Cursor cursor) {
        windows.removeIf(window -> !window.covers(cursor) && !window.covers(cursor.plus(WINDOW_BYTES)));
        want(cursor);
        if (cursor.offset() / WINDOW_BYTES * WINDOW_BYTES + WINDOW_BYTES
                < volumes.get(cursor.volume()).sizeBytes()) {
            want(cursor.plus(WINDOW_BYTES));
        }
        if (asked && nanoTime.getAsLong() - lastGoodNanos >= PATIENCE_NANOS) {
            on = false;
        }
        return at(cursor).hashes != null;
    }

    private void want(Cursor cursor) {
        if (windows.stream().noneMatch(window -> window.covers(cursor))) {
            windows.add(
                    new Window(cursor.volume(), cursor.offset() / WINDOW_BYTES * WINDOW_BYTES, nanoTime.getAsLong()));
        }
    }

    private Window at(Cursor cursor) {
        return windows.stream()
                .filter(window -> window.covers(cursor))
                .findFirst()
                .orElseThrow();
    }

    /** Whether the target has exactly this at the cursor. Only where the hashes are here. */
    boolean equal(Cursor cursor, Optional<ByteBuffer> chunk) {
        Window window = at(cursor);
        int place = (int) ((cursor.offset() - window.offset) / CHUNK_BYTES) * HASH_BYTES;
        ByteBuffer theirs = window.hashes.slice(place, HASH_BYTES);
        return theirs.equals(chunk.map(this::hash).orElse(ZEROES));
    }

    private ByteBuffer hash(ByteBuffer bytes) {
        sha256.update(bytes.duplicate());
        return ByteBuffer.wrap(sha256.digest());
    }

    /**
     * The next question, if one is due.
     *
     * @param acked of this epoch: asked is only what the target has begun to sync
     */
    Optional<HashRequest> question(LongSupplier requestIds, long acked) {
        long now = nanoTime.getAsLong();
        for (Window window : windows) {
            if (on && window.hashes == null && acked >= startOf(window).value() && now - window.againAtNanos >= 0) {
                if (!asked) {
                    asked = true;
                    lastGoodNanos = now;
                }
                window.request = requestIds.getAsLong();
                window.againAtNanos = now + ANSWER_NANOS;
                return Optional.of(request(window));
            }
        }
        return Optional.empty();
    }

    private static Seq startOf(Window window) {
        return new Seq(Seq.FIRST.value() + window.volume);
    }

    private HashRequest request(Window window) {
        return HashRequest.newBuilder()
                .setRequestId(window.request)
                .setPgId(group.toString())
                .setEpoch(epoch.value())
                .setSeq(startOf(window).value())
                .setRange(VolumeRange.newBuilder()
                        .setVolumeId(volumes.get(window.volume).id().toString())
                        .setOffsetBytes(window.offset)
                        .setLengthBytes(length(window)))
                .setChunkBytes(CHUNK_BYTES)
                .build();
    }

    private long length(Window window) {
        return Math.min(WINDOW_BYTES, volumes.get(window.volume).sizeBytes() - window.offset);
    }

    /** Takes an answer; one to a question that is not open any more changes nothing. */
    void answered(HashReply reply) {
        for (Window window : windows) {
            if (window.hashes == null && window.request != 0 && window.request == reply.getRequestId()) {
                take(window, reply.getErrorCode(), reply.getHashes());
            }
        }
    }

    private void take(Window window, String refusal, ByteString hashes) {
        switch (refusal) {
            case "" -> {
                if (hashes.size() == Math.ceilDiv(length(window), CHUNK_BYTES) * HASH_BYTES) {
                    window.hashes = hashes.asReadOnlyByteBuffer();
                    lastGoodNanos = nanoTime.getAsLong();
                } else {
                    on = false;
                }
            }
            case "NOT_APPLIED_YET", "JOURNAL_UNAVAILABLE", "TOO_MANY_REQUESTS" -> {
                window.request = 0;
                window.againAtNanos = nanoTime.getAsLong() + window.pauseNanos;
                window.pauseNanos = Math.min(LONGEST_PAUSE_NANOS, 2 * window.pauseNanos);
            }
            default -> on = false;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
