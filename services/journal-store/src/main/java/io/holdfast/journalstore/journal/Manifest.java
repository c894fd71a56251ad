package io.holdfast.journalstore.journal;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a journal says about itself outside of its database, enough to read it with nothing else at hand (architecture,
 * section 4).
 *
 * @param lineage ids of this journal and of those it descends from, oldest first
 */
public record Manifest(
        int formatVersion,
        PgId pg,
        String name,
        Instant createdAt,
        List<String> lineage,
        long policyRevision,
        JournalPolicy.State policyState,
        int partition,
        Duration history,
        long limitBytes,
        List<VolumeSlot> volumes) {
    /** The layout of docs/journal-recovery.md. */
    public static final int FORMAT_VERSION = 3;
    /** From here on there is a chain. */
    public static final int FORMAT_WITH_CHAIN = 2;
    /** Oldest format that can be read, and migrated. */
    public static final int OLDEST_FORMAT_VERSION = 1;

    public Manifest {
        lineage = List.copyOf(lineage);
        volumes = List.copyOf(volumes);
        for (int i = 0; i < volumes.size(); i++) {
            if (volumes.get(i).index() != i) {
                throw new IllegalArgumentException("volume %s stands at place %d and says index %d"
                        .formatted(volumes.get(i).volume(), i, volumes.get(i).index()));
            }
        }
    }

    /** Whether everything that was ever applied is in the chain ; else it begins where the journal was migrated. */
    public boolean hasChain() {
        return formatVersion >= FORMAT_WITH_CHAIN;
    }

    public Manifest withFormatVersion(int version) {
        return new Manifest(
                version,
                pg,
                name,
                createdAt,
                lineage,
                policyRevision,
                policyState,
                partition,
                history,
                limitBytes,
                volumes);
    }

    /** This manifest after a commit: a lineage follows the ones before. */
    public Manifest withLineage(String id) {
        List<String> longer = new ArrayList<>(lineage);
        longer.add(id);
        return new Manifest(
                formatVersion,
                pg,
                name,
                createdAt,
                longer,
                policyRevision,
                policyState,
                partition,
                history,
                limitBytes,
                volumes);
    }

    /** A new journal's manifest. */
    public static Manifest create(JournalPolicy policy, String journalId, Instant now) {
        return new Manifest(
                        FORMAT_VERSION,
                        policy.pg(),
                        policy.name(),
                        now,
                        List.of(journalId),
                        0,
                        policy.state(),
                        policy.partition(),
                        policy.history(),
                        policy.limitBytes(),
                        List.of())
                .follow(policy, Lsn.NONE);
    }

    /**
     * This manifest under a newer policy. Volumes keep their index for ever. A volume may grow; a smaller size is ignored,
     * because older points still have the larger one. A volume that came back after its removal gets a new index: what
     * happened to it meanwhile is unknown.
     */
    public Manifest follow(JournalPolicy policy, Lsn head) {
        if (policy.revision() <= policyRevision) {
            return this;
        }
        Map<VolumeId, JournalPolicy.Volume> wanted = new HashMap<>();
        policy.volumes().forEach(volume -> wanted.put(volume.id(), volume));
        List<VolumeSlot> next = new ArrayList<>();
        for (VolumeSlot slot : volumes) {
            JournalPolicy.Volume now = slot.isProtected() ? wanted.remove(slot.volume()) : null;
            if (now != null) {
                next.add(slot(slot.index(), now, Math.max(slot.sizeBytes(), now.sizeBytes())));
            } else {
                next.add(slot.isProtected() ? slot.removed(head) : slot);
            }
        }
        for (JournalPolicy.Volume volume : policy.volumes()) {
            if (wanted.containsKey(volume.id())) {
                next.add(slot(next.size(), volume, volume.sizeBytes()));
            }
        }
        return new Manifest(
                formatVersion,
                pg,
                policy.name(),
                createdAt,
                lineage,
                policy.revision(),
                policy.state(),
                partition,
                policy.history(),
                policy.limitBytes(),
                next);
    }

    /**
     * This manifest under a newer policy as far as apply does not depend on it: name, state, history and limit. The revision stays, so the rest follows
     * later.
     */
    public Manifest followBesideVolumes(JournalPolicy policy) {
        return policy.revision() <= policyRevision
                ? this
                : new Manifest(
                        formatVersion,
                        pg,
                        policy.name(),
                        createdAt,
                        lineage,
                        policyRevision,
                        policy.state(),
                        partition,
                        policy.history(),
                        policy.limitBytes(),
                        volumes);
    }

    /** Whether every record is judged and numbered under the other one as under this one: the same volumes, sizes and agents in the same places. */
    public boolean appliesAs(Manifest other) {
        return volumes.stream()
                .map(Manifest::whatApplyDependsOn)
                .toList()
                .equals(other.volumes.stream().map(Manifest::whatApplyDependsOn).toList());
    }

    private static List<Object> whatApplyDependsOn(VolumeSlot slot) {
        return List.of(slot.volume(), slot.agent(), slot.sizeBytes(), slot.isProtected());
    }

    private static VolumeSlot slot(int index, JournalPolicy.Volume volume, long sizeBytes) {
        return new VolumeSlot(
                index,
                volume.id(),
                volume.name(),
                volume.vm(),
                volume.vmName(),
                volume.agent(),
                sizeBytes,
                Optional.empty());
    }

    /** The newest slot of a volume. */
    public Optional<VolumeSlot> slotOf(VolumeId volume) {
        return volumes.reversed().stream()
                .filter(slot -> slot.volume().equals(volume))
                .findFirst();
    }

    /** File name of a slot's replica image. A volume that came back after its removal has a second slot and image. */
    public String imageName(VolumeSlot slot) {
        boolean first = volumes.stream()
                .filter(other -> other.volume().equals(slot.volume()))
                .allMatch(other -> other.index() >= slot.index());
        return first ? slot.volume() + ".raw" : slot.volume() + "." + slot.index() + ".raw";
    }

    public List<VolumeSlot> protectedVolumes() {
        return volumes.stream().filter(VolumeSlot::isProtected).toList();
    }
}
