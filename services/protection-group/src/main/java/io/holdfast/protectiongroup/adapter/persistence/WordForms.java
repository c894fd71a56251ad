package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The data plane's last words as they are stored. */
final class WordForms {
    private WordForms() {}

    record JournalForm(
            String journalStoreId,
            String at,
            String receivedAt,
            String state,
            String stateCode,
            String stateMessage,
            long sizeBytes,
            long sizeLimitBytes,
            String fullAt,
            long checkpointCount,
            String newestId,
            String newestCutAt,
            String oldestCutAt,
            int volumesInSync,
            int volumeCount) {}

    record StreamForm(
            String agent,
            String observedAt,
            String receivedAt,
            boolean connected,
            long ringUsedBytes,
            long ringLimitBytes,
            long rateBytesPerSecond,
            String noCheckpointReason,
            Map<String, VolumeForm> volumes) {}

    record VolumeForm(String state, long syncTotalBytes, long syncDoneBytes, long dirtyBytes) {}

    static String write(JournalWord word) {
        return StoredJson.write(new JournalForm(
                word.journalStoreId(),
                word.at().toString(),
                word.receivedAt().toString(),
                word.state().name(),
                word.stateCode(),
                word.stateMessage(),
                word.room().sizeBytes(),
                word.room().limitBytes(),
                word.room().fullAt().map(Instant::toString).orElse(null),
                word.checkpointCount(),
                word.newest().map(cut -> cut.checkpoint().toString()).orElse(null),
                word.newest().map(cut -> cut.cutAt().toString()).orElse(null),
                word.oldestCutAt().map(Instant::toString).orElse(null),
                word.volumesInSync(),
                word.volumeCount()));
    }

    static JournalWord readJournal(String text) {
        JournalForm form = StoredJson.read("word", JournalForm.class, text);
        return new JournalWord(
                form.journalStoreId(),
                Instant.parse(form.at()),
                Instant.parse(form.receivedAt()),
                JournalWord.State.valueOf(form.state()),
                form.stateCode(),
                form.stateMessage(),
                new JournalWord.Room(
                        form.sizeBytes(),
                        form.sizeLimitBytes(),
                        Optional.ofNullable(form.fullAt()).map(Instant::parse)),
                form.checkpointCount(),
                Optional.ofNullable(form.newestId())
                        .map(id -> new JournalWord.Cut(CheckpointId.parse(id), Instant.parse(form.newestCutAt()))),
                Optional.ofNullable(form.oldestCutAt()).map(Instant::parse),
                form.volumesInSync(),
                form.volumeCount());
    }

    static String write(StreamWord word) {
        Map<String, VolumeForm> volumes = new TreeMap<>();
        word.volumes()
                .forEach((id, volume) -> volumes.put(
                        id.toString(),
                        new VolumeForm(
                                volume.state().name(),
                                volume.syncTotalBytes(),
                                volume.syncDoneBytes(),
                                volume.dirtyBytes())));
        return StoredJson.write(new StreamForm(
                word.agent().toString(),
                word.observedAt().toString(),
                word.receivedAt().toString(),
                word.connected(),
                word.ringUsedBytes(),
                word.ringLimitBytes(),
                word.rateBytesPerSecond(),
                word.noCheckpointReason(),
                volumes));
    }

    static StreamWord readStream(String text) {
        StreamForm form = StoredJson.read("word", StreamForm.class, text);
        Map<VolumeId, StreamWord.VolumeProgress> volumes = new LinkedHashMap<>();
        form.volumes()
                .forEach((id, volume) -> volumes.put(
                        VolumeId.parse(id),
                        new StreamWord.VolumeProgress(
                                StreamWord.SyncState.valueOf(volume.state()),
                                volume.syncTotalBytes(),
                                volume.syncDoneBytes(),
                                volume.dirtyBytes())));
        return new StreamWord(
                AgentId.parse(form.agent()),
                Instant.parse(form.observedAt()),
                Instant.parse(form.receivedAt()),
                form.connected(),
                form.ringUsedBytes(),
                form.ringLimitBytes(),
                form.rateBytesPerSecond(),
                form.noCheckpointReason(),
                volumes);
    }
}
