package io.holdfast.simulation;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.hosting.EpochStore;
import io.holdfast.replicationagent.hosting.IntentMaps;
import io.holdfast.replicationagent.hosting.SyncLedger;
import io.holdfast.replicationagent.intent.IntentStore;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What an agent keeps on stable storage. Small files are replaced as a whole and durably; sectors of a write-intent map are durable after a force, before
 * that a loss of power keeps or drops each. The process may end at any of these steps, before or behind it.
 */
final class HostState implements EpochStore, SyncLedger, IntentMaps {
    private final Schedule schedule;
    private final Mutation mutation;
    private final Map<PgId, Long> epochs = new HashMap<>();
    private final Map<VolumeId, Entry> ledger = new HashMap<>();
    private final Map<VolumeId, Sectors> maps = new HashMap<>();
    /** One in this many steps ends the process; 0 = none does. */
    private int deadly;

    HostState(Schedule schedule, Mutation mutation) {
        this.schedule = schedule;
        this.mutation = mutation;
    }

    void deadly(int oneIn) {
        deadly = oneIn;
    }

    private void mayDie() {
        if (deadly > 0 && schedule.oneIn(deadly)) {
            throw new ProcessDied();
        }
    }

    void losePower() {
        maps.values().forEach(Sectors::losePower);
    }

    void processEnded() {
        if (mutation == Mutation.MARKS_ARE_NOT_FORCED) {
            maps.values().forEach(Sectors::losePower);
        }
    }

    @Override
    public Epoch next(PgId pg) {
        mayDie();
        long last = epochs.getOrDefault(pg, 0L);
        long next = mutation == Mutation.EPOCH_IS_USED_TWICE && last > 0 ? last : last + 1;
        epochs.put(pg, next);
        mayDie();
        return new Epoch(next);
    }

    @Override
    public Optional<Entry> find(VolumeId volume) {
        return Optional.ofNullable(ledger.get(volume));
    }

    @Override
    public void put(VolumeId volume, Entry entry) {
        mayDie();
        ledger.put(volume, entry);
        mayDie();
    }

    @Override
    public Optional<WriteIntentMap> open(VolumeId volume, long sizeBytes) {
        Sectors sectors = maps.get(volume);
        return sectors == null || sectors.invalid
                ? Optional.empty()
                : Optional.of(new WriteIntentMap(sectors, sizeBytes, sectors.written.clone()));
    }

    @Override
    public WriteIntentMap create(VolumeId volume, long sizeBytes) {
        mayDie();
        Sectors sectors = new Sectors(WriteIntentMap.sectorsFor(sizeBytes));
        maps.put(volume, sectors);
        mayDie();
        return new WriteIntentMap(sectors, sizeBytes, sectors.written.clone());
    }

    private final class Sectors implements IntentStore {
        private final long[] written;
        private long[] forced;
        private boolean invalid;

        Sectors(int sectors) {
            written = new long[sectors * WORDS_PER_SECTOR];
            forced = written.clone();
        }

        void losePower() {
            for (int sector = 0; sector * WORDS_PER_SECTOR < written.length; sector++) {
                if (mutation == Mutation.MARKS_ARE_NOT_FORCED || schedule.oneIn(2)) {
                    int at = sector * WORDS_PER_SECTOR;
                    System.arraycopy(forced, at, written, at, WORDS_PER_SECTOR);
                }
            }
        }

        @Override
        public void write(int sector, long[] words) {
            System.arraycopy(words, 0, written, sector * WORDS_PER_SECTOR, WORDS_PER_SECTOR);
            mayDie();
        }

        @Override
        public void force() {
            if (mutation != Mutation.MARKS_ARE_NOT_FORCED) {
                forced = Arrays.copyOf(written, written.length);
            }
            mayDie();
        }

        @Override
        public void invalidate() {
            invalid = true;
        }

        @Override
        public void close() {}
    }
}
