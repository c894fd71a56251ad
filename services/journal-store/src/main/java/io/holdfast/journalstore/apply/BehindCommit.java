package io.holdfast.journalstore.apply;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.changestream.OpenedBatch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.id.AgentId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a commit's branch has everything that the old agents were told was safe (docs/known-differences.md, "What came behind the commit"). Follows from the
 * records alone. Immutable.
 *
 * @param to the branch's last LSN
 * @param whole sizes of the volumes whose replica was whole at the commit, by index
 * @param passed for each stream, up to where everything is in the branch or changes nothing
 * @param missed something may be missing: it stays so
 */
public record BehindCommit(Lsn to, Map<Integer, Long> whole, Map<AgentId, StreamPosition> passed, boolean missed) {
    public BehindCommit {
        whole = Map.copyOf(whole);
        passed = Map.copyOf(passed);
    }

    /** Whether the branch has all of this volume, as far as the journal has read. */
    public boolean hasAllOf(int volumeIndex) {
        return !missed && whole.containsKey(volumeIndex);
    }

    /** Something of a stream was lost, or could not be read. */
    public BehindCommit missing() {
        return new BehindCommit(to, whole, passed, true);
    }

    /** A batch of a stream was not stored. */
    public BehindCommit dropped(OpenedBatch batch) {
        BatchHeader header = batch.header();
        StreamPosition had = passed.getOrDefault(header.stream().agent(), StreamPosition.START);
        int byEpoch = header.epoch().compareTo(had.epoch());
        long overlap = byEpoch == 0 ? had.seq().value() - (header.first().value() - 1) : 0;
        if (missed || overlap >= header.recordCount()) {
            return this;
        }
        if (changes(batch.records(), (int) Math.max(0, overlap))) {
            return missing();
        }
        if (byEpoch < 0) {
            return this;
        }
        // Without a change, and nothing skipped before it: the stream stands where it was, a little further on.
        boolean continues = byEpoch == 0 ? overlap >= 0 : header.first().equals(Seq.FIRST);
        if (!continues || passed.size() >= ApplyState.MAX_STREAMS) {
            return missing();
        }
        Map<AgentId, StreamPosition> further = new HashMap<>(passed);
        further.put(header.stream().agent(), header.end());
        return new BehindCommit(to, whole, further, false);
    }

    private static boolean changes(List<StreamRecord> records, int skip) {
        return records.subList(skip, records.size()).stream().anyMatch(Change.class::isInstance);
    }
}
