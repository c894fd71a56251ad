package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalSnapshot;
import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.apply.VolumeSync;
import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Hashes of what a replica holds at its head, for an agent that compares before it sends (docs/sync-states.md, "Comparing"). At most {@value #AT_ONCE} ranges
 * are hashed at one time, so that apply keeps its pace, and each holds one piece of {@value HashRun#PIECE_BYTES} bytes. Thread-safe.
 */
public final class HeadHashes {
    public static final int HASH_BYTES = 32;

    static final int AT_ONCE = 2;
    private static final int WAITING = 16;
    private static final long WAIT_MILLIS = 10_000;
    private static final int MIN_CHUNK_BYTES = Block.SIZE_BYTES;
    private static final int MAX_CHUNKS = 4096;

    private final JournalStore store;
    private final Semaphore places = new Semaphore(AT_ONCE, true);
    /** First syncs that are durable, by volume. */
    private final Map<VolumeId, StreamPosition> durableBases = new ConcurrentHashMap<>();

    private final Semaphore queue = new Semaphore(AT_ONCE + WAITING);

    private final KnownEqual known;

    HeadHashes(JournalStore store) {
        this.store = store;
        known = new KnownEqual(store);
    }

    /**
     * What to hash, and behind which place.
     *
     * @param from the replica must have applied this place of the agent's stream
     * @param offset a multiple of {@code chunkBytes}
     * @param length bytes; a multiple of {@code chunkBytes}, or to the volume's end
     * @param chunkBytes a power of two, 4 KiB to 1 MiB
     * @param captureId of the agent's tap; empty = none, and nothing is known to be equal
     */
    public record Question(
            PgId pg,
            AgentId agent,
            VolumeId volume,
            StreamPosition from,
            long offset,
            long length,
            int chunkBytes,
            String captureId) {
        public Question(
                PgId pg,
                AgentId agent,
                VolumeId volume,
                StreamPosition from,
                long offset,
                long length,
                int chunkBytes) {
            this(pg, agent, volume, from, offset, length, chunkBytes, "");
        }
    }

    /**
     * @return {@link #HASH_BYTES} for each chunk: its SHA-256, zeroes for a chunk of zeroes, 0xff in each byte for one that is damaged, or 0xfe for one that is known
     *     to be what the capture of the question saw at its begin (docs/known-differences.md); that one is not read
     * @throws HoldfastException {@code JOURNAL_NOT_FOUND}, {@code NOT_APPLIED_YET}, {@code VOLUME_NOT_FOUND}, {@code INVALID_RANGE}, {@code TOO_MANY_REQUESTS},
     *     and storage failures
     */
    public byte[] of(Question question) {
        Journal journal = store.require(question.pg());
        JournalSnapshot now = journal.snapshot();
        requireApplied(question, now);
        VolumeSlot slot = slotOf(question, now);
        requireRange(question, slot);
        makeBaseDurable(journal, now, slot, question.from());
        if (!queue.tryAcquire()) {
            throw tooMany();
        }
        try {
            if (!places.tryAcquire(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
                throw tooMany();
            }
            try {
                return hash(journal, slot, question, known.of(journal, now, slot, question));
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

    /**
     * Until a volume's first sync has begun its replica may be replaced by a seed. An answer says what the replica holds under a sync, so it must not come before it is durable that the sync
     * has begun: otherwise a crash could make the volume one that may be seeded, and what was found equal to the old replica would be believed of the new one.
     */
    private void makeBaseDurable(Journal journal, JournalSnapshot now, VolumeSlot slot, StreamPosition from) {
        VolumeSync sync = now.volumes().getOrDefault(slot.index(), VolumeSync.NEVER);
        if (sync.since().isEmpty() && !from.equals(durableBases.get(slot.volume()))) {
            journal.flush();
            durableBases.put(slot.volume(), from);
        } else if (sync.since().isPresent()) {
            durableBases.remove(slot.volume());
        }
    }

    private static HoldfastException tooMany() {
        return new HoldfastException(
                JournalError.TOO_MANY_REQUESTS, "as many ranges as may be are being hashed; ask again later");
    }

    private static void requireApplied(Question question, JournalSnapshot now) {
        AppliedStream stream = now.streams().getOrDefault(question.agent(), AppliedStream.NEW);
        if (!stream.hasApplied(question.from())) {
            throw new HoldfastException(
                    JournalError.NOT_APPLIED_YET,
                    "the journal has applied %s of the stream of agent %s, not %s"
                            .formatted(stream.position(), question.agent(), question.from()));
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
        boolean chunkFits = Integer.bitCount(chunk) == 1 && chunk >= MIN_CHUNK_BYTES && chunk <= HashRun.PIECE_BYTES;
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

    private static byte[] hash(Journal journal, VolumeSlot slot, Question question, Optional<Regions> differing) {
        try (Leases.Lease lease = leaseAtHead(journal)) {
            return new HashRun(journal.reader(slot, lease.lsn()), question, differing).run();
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
}
