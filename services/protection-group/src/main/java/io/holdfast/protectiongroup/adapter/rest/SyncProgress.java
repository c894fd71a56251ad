package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import java.time.Instant;

/** Adds up what agents say about the syncs under way. One missing word makes the whole unknown: a part is no progress bar. */
final class SyncProgress {
    private SyncProgress() {}

    static GroupView.SyncView of(ProtectionGroup group, DataPlane dataPlane, Instant now) {
        int volumes = 0;
        int inSync = 0;
        long total = 0;
        long done = 0;
        boolean known = true;
        for (var entry : group.membership().includedByAgent().entrySet()) {
            var stream = dataPlane.freshStream(entry.getKey(), now).filter(StreamWord::connected);
            for (var volume : entry.getValue()) {
                volumes++;
                var progress = stream.map(word -> word.volumes().get(volume));
                if (progress.isEmpty()) {
                    known = false;
                    continue;
                }
                inSync += progress.get().state() == StreamWord.SyncState.IN_SYNC ? 1 : 0;
                total += progress.get().syncTotalBytes();
                done += Math.min(progress.get().syncDoneBytes(), progress.get().syncTotalBytes());
            }
        }
        return known
                ? new GroupView.SyncView(true, inSync, volumes, total, done, percent(inSync == volumes, total, done))
                : new GroupView.SyncView(false, null, volumes, null, null, null);
    }

    /** Absent when a volume is out of sync and no agent says how much there is to do. */
    private static Integer percent(boolean allInSync, long total, long done) {
        if (allInSync) {
            return 100;
        }
        return total <= 0 ? null : (int) Math.min(99, (long) (100.0 * done / total));
    }
}
