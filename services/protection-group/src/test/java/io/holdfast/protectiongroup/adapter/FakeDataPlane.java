package io.holdfast.protectiongroup.adapter;

import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ProtoProducer;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CheckpointListed;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.JournalState;
import io.holdfast.proto.v1.JournalStatus;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.proto.v1.StreamVolumeStatus;
import io.holdfast.proto.v1.SyncState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The router and the journal of one group, as far as this service can tell: they speak every 300 ms, and while every volume is
 * in sync a checkpoint is cut each time. Change what they say with the setters; {@link #fallSilent} is a dead link.
 */
final class FakeDataPlane implements AutoCloseable {
    private static final long PERIOD_MILLIS = 300;

    private final HoldfastKafka kafka;
    private final String pg;
    private final String agent;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private List<String> volumes;
    private SyncState state = SyncState.SYNCING;
    private long totalBytes;
    private long doneBytes;
    private boolean connected = true;
    private boolean silent;
    private boolean checkpoints = true;
    private String newest = "";
    private long newestCutAt;
    private long oldestCutAt;

    FakeDataPlane(HoldfastKafka kafka, String pg, String agent, List<String> volumes) {
        this.kafka = kafka;
        this.pg = pg;
        this.agent = agent;
        this.volumes = List.copyOf(volumes);
        clock.scheduleAtFixedRate(this::speakSafely, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    synchronized FakeDataPlane syncing(long done, long total) {
        state = SyncState.SYNCING;
        doneBytes = done;
        totalBytes = total;
        return this;
    }

    synchronized FakeDataPlane inSync() {
        state = SyncState.IN_SYNC;
        doneBytes = 0;
        totalBytes = 0;
        return this;
    }

    synchronized FakeDataPlane withoutCheckpoints() {
        checkpoints = false;
        return this;
    }

    synchronized FakeDataPlane withVolumes(List<String> now) {
        volumes = List.copyOf(now);
        return this;
    }

    synchronized FakeDataPlane agentConnected(boolean now) {
        connected = now;
        return this;
    }

    synchronized void fallSilent() {
        silent = true;
    }

    /** The journal lists a checkpoint that was asked for. */
    synchronized void list(String checkpointId, String name) {
        send(Topic.JOURNAL_EVENTS, pg, listed(checkpointId, CheckpointKind.USER, name, micros(Instant.now())));
    }

    void say(JournalEvent.Builder event) {
        send(
                Topic.JOURNAL_EVENTS,
                pg,
                event.setPgId(pg)
                        .setJournalStoreId("journal-0")
                        .setAtMicros(micros(Instant.now()))
                        .build());
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    private void speakSafely() {
        try {
            speak();
        } catch (RuntimeException failure) {
            System.err.println("the fake data plane could not speak: " + failure);
        }
    }

    private synchronized void speak() {
        if (silent) {
            return;
        }
        long now = micros(Instant.now());
        boolean allInSync = state == SyncState.IN_SYNC && connected;
        var stream = StreamStatus.newBuilder()
                .setAgentId(agent)
                .setPgId(pg)
                .setRouterId("router-0")
                .setObservedAtMicros(now)
                .setConnected(connected)
                .setRingLimitBytes(64 << 20);
        volumes.forEach(volume -> stream.addVolumes(StreamVolumeStatus.newBuilder()
                .setVolumeId(volume)
                .setState(state)
                .setSyncTotalBytes(totalBytes)
                .setSyncDoneBytes(doneBytes)));
        send(Topic.REPLICATION_STATUS, agent + "/" + pg, stream.build());
        if (allInSync && checkpoints) {
            newest = UUID.randomUUID().toString();
            newestCutAt = now;
            oldestCutAt = oldestCutAt == 0 ? now : oldestCutAt;
            send(Topic.JOURNAL_EVENTS, pg, listed(newest, CheckpointKind.CRASH, "", now));
        }
        say(JournalEvent.newBuilder()
                .setStatus(JournalStatus.newBuilder()
                        .setState(JournalState.APPLYING)
                        .setNewestCheckpointId(newest)
                        .setNewestCheckpointCutAtMicros(newestCutAt)
                        .setOldestCheckpointCutAtMicros(oldestCutAt)
                        .setVolumesInSync(state == SyncState.IN_SYNC ? volumes.size() : 0)
                        .setVolumeCount(volumes.size())));
    }

    private JournalEvent listed(String id, CheckpointKind kind, String name, long cutAt) {
        return JournalEvent.newBuilder()
                .setPgId(pg)
                .setJournalStoreId("journal-0")
                .setAtMicros(micros(Instant.now()))
                .setCheckpoint(CheckpointListed.newBuilder()
                        .setCheckpointId(id)
                        .setKind(kind)
                        .setName(name)
                        .setLsn(42)
                        .setCutAtMicros(cutAt))
                .build();
    }

    private void send(Topic topic, String key, com.google.protobuf.MessageLite message) {
        ProtoProducer.await(kafka.producer().send(topic, key, message));
    }

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
