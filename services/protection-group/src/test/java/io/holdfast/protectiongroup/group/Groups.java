package io.holdfast.protectiongroup.group;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import io.holdfast.protectiongroup.dataplane.TestHistory;
import io.holdfast.protectiongroup.membership.KnownVm;
import io.holdfast.protectiongroup.membership.KnownVm.KnownVolume;
import io.holdfast.protectiongroup.membership.Membership;
import io.holdfast.protectiongroup.objective.Objectives;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Groups and data-plane words for tests: one VM with two volumes on one agent, unless a test says otherwise. */
public final class Groups {
    public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    public static final AgentId AGENT = new AgentId(uuid(1));
    public static final VmId VM = new VmId(uuid(2));
    public static final VolumeId ROOT = new VolumeId(uuid(3));
    public static final VolumeId DATA = new VolumeId(uuid(4));
    public static final CheckpointId FIRST = new CheckpointId(uuid(5));
    public static final CheckpointId SECOND = new CheckpointId(uuid(6));
    public static final DataPlane.Belief BELIEF = new DataPlane.Belief(Duration.ofSeconds(15), Duration.ofSeconds(2));

    private Groups() {}

    public static UUID uuid(long number) {
        return new UUID(0x4000L, 0x8000_0000_0000_0000L | number);
    }

    public static KnownVolume volume(VolumeId id, String name) {
        return new KnownVolume(id, name, 1 << 20, Optional.empty());
    }

    public static KnownVm vm(KnownVolume... volumes) {
        return new KnownVm(VM, "db1", Optional.of(AGENT), List.of(volumes), false);
    }

    public static KnownVm vm() {
        return vm(volume(ROOT, "root"), volume(DATA, "data"));
    }

    public static ProtectionGroup draft() {
        return ProtectionGroup.draft(
                new PgId(uuid(7)), "orders", Objectives.DEFAULT, Membership.of(List.of(vm()), Set.of()), NOW, "anna");
    }

    public static ProtectionGroup syncing() {
        return draft().start(1, false, NOW);
    }

    public static ProtectionGroup protectedGroup() {
        return syncing().observing(healthy(NOW, FIRST), NOW);
    }

    public static StreamWord stream(Instant at, StreamWord.SyncState root, StreamWord.SyncState data) {
        return stream(
                at,
                true,
                Map.of(
                        ROOT, new StreamWord.VolumeProgress(root, 0, 0, 0),
                        DATA, new StreamWord.VolumeProgress(data, 0, 0, 0)));
    }

    public static StreamWord stream(Instant at, boolean connected, Map<VolumeId, StreamWord.VolumeProgress> volumes) {
        return new StreamWord(AGENT, at, at, connected, 0, 64 << 20, 0, "", volumes);
    }

    public static JournalWord journal(Instant at, int inSync, CheckpointId newest) {
        return journal(at, at, inSync, newest == null ? null : new JournalWord.Cut(newest, at.minusSeconds(3)));
    }

    public static JournalWord journal(Instant at, Instant receivedAt, int inSync, JournalWord.Cut newest) {
        return new JournalWord(
                "journal-0",
                at,
                receivedAt,
                JournalWord.State.APPLYING,
                "",
                "",
                new JournalWord.Room(1000, 0, Optional.empty()),
                newest == null ? 0 : 1,
                Optional.ofNullable(newest),
                Optional.ofNullable(newest).map(JournalWord.Cut::cutAt),
                inSync,
                2);
    }

    public static JournalWord journal(Instant at, JournalWord.State state, long size, long limit) {
        var cut = new JournalWord.Cut(FIRST, at.minusSeconds(3));
        return new JournalWord(
                "journal-0",
                at,
                at,
                state,
                "CODE",
                "a sentence",
                new JournalWord.Room(size, limit, Optional.empty()),
                1,
                Optional.of(cut),
                Optional.of(cut.cutAt()),
                2,
                2);
    }

    public static JournalWord journalWithHistory(Instant at, Instant oldest) {
        var cut = new JournalWord.Cut(FIRST, at.minusSeconds(3));
        return new JournalWord(
                "journal-0",
                at,
                at,
                JournalWord.State.APPLYING,
                "",
                "",
                new JournalWord.Room(1000, 0, Optional.empty()),
                9,
                Optional.of(cut),
                Optional.of(oldest),
                2,
                2);
    }

    public static DataPlane healthy(Instant at, CheckpointId newest) {
        return dataPlane(
                stream(at, StreamWord.SyncState.IN_SYNC, StreamWord.SyncState.IN_SYNC), journal(at, 2, newest));
    }

    public static DataPlane dataPlane(StreamWord stream, JournalWord journal) {
        return dataPlane(stream, journal, TestHistory.NONE);
    }

    public static DataPlane dataPlane(StreamWord stream, JournalWord journal, TestHistory tests) {
        Map<AgentId, StreamWord> streams = new HashMap<>();
        if (stream != null) {
            streams.put(stream.agent(), stream);
        }
        return new DataPlane(Optional.ofNullable(journal), streams, tests, BELIEF);
    }
}
