package io.holdfast.journalstore.adapter.relay;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalRelaySource;
import io.holdfast.journalstore.adapter.store.JournalSlot;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.relay.RelayLimits;
import io.holdfast.journalstore.relay.RelayMemory;
import io.holdfast.journalstore.relay.RelayStream;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.PgAssignment;
import io.holdfast.proto.v1.VmReport;
import io.holdfast.proto.v1.VolumeReportEntry;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a target has asked for in one session, and what it is offered. The link's thread only. */
final class TargetGroups implements AutoCloseable {
    /** More are not taken; a store has hundreds of groups, not thousands. */
    private static final int MAX_GROUPS = 1024;

    private static final System.Logger LOG = System.getLogger(TargetGroups.class.getName());

    /** One group that the target asked for. */
    static final class Relayed {
        private final Set<VolumeId> volumes;
        private final RelayStream stream;
        private Codec codec = Codec.ZSTD;

        Relayed(Set<VolumeId> volumes, RelayStream stream) {
            this.volumes = volumes;
            this.stream = stream;
        }

        Set<VolumeId> volumes() {
            return volumes;
        }

        RelayStream stream() {
            return stream;
        }

        Codec codec() {
            return codec;
        }
    }

    private final RelayTarget target;
    private final JournalStore store;
    private final RelayMemory memory;
    private final RelayLimits limits;
    private final Map<PgId, Relayed> relayed = new LinkedHashMap<>();
    private List<PgAssignment> wanted = List.of();

    TargetGroups(RelayTarget target, JournalStore store, RelayMemory memory, RelayLimits limits) {
        this.target = target;
        this.store = store;
        this.memory = memory;
        this.limits = limits;
    }

    /** Takes over the target's wishes; what is not among them ends. */
    void assign(List<PgAssignment> groups) {
        if (groups.size() > MAX_GROUPS) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The target asks for more groups than are relayed; target=" + target.name() + " asked="
                            + groups.size() + " limit=" + MAX_GROUPS);
        }
        wanted = groups.stream().limit(MAX_GROUPS).toList();
        Set<PgId> named = new HashSet<>();
        for (PgAssignment group : wanted) {
            named.add(PgId.parse(group.getPgId()));
        }
        relayed.entrySet().removeIf(entry -> {
            if (named.contains(entry.getKey())) {
                return false;
            }
            entry.getValue().stream().close();
            return true;
        });
        findJournals();
    }

    /** Looks for the journals of what was asked for: one may have come since. */
    void findJournals() {
        for (PgAssignment group : wanted) {
            PgId id = PgId.parse(group.getPgId());
            Set<VolumeId> volumes =
                    group.getVolumeIdsList().stream().map(VolumeId::parse).collect(Collectors.toUnmodifiableSet());
            Relayed known = relayed.get(id);
            if (known != null && !known.volumes.equals(volumes)) {
                relayed.remove(id).stream().close();
                known = null;
            }
            if (known == null) {
                known = open(id, volumes).orElse(null);
            }
            if (known != null) {
                relayed.put(id, known);
                known.stream().pause(group.getPaused());
                if (group.getCodec() != Codec.CODEC_UNSPECIFIED && group.getCodec() != Codec.UNRECOGNIZED) {
                    known.codec = group.getCodec();
                }
            }
        }
    }

    private Optional<Relayed> open(PgId id, Set<VolumeId> volumes) {
        for (PgId source : store.groups()) {
            Optional<Journal> journal = target.offers(source) ? store.find(source) : Optional.empty();
            if (journal.isPresent()
                    && !volumes.isEmpty()
                    && protectedIn(journal.get()).containsAll(volumes)) {
                return Optional.of(new Relayed(
                        volumes,
                        new RelayStream(
                                new StreamId(target.identity().agent(), id),
                                source,
                                new JournalRelaySource(journal.get(), volumes),
                                memory,
                                limits,
                                System::nanoTime,
                                System::currentTimeMillis)));
            }
        }
        return Optional.empty();
    }

    private static Set<VolumeId> protectedIn(Journal journal) {
        return journal.snapshot().manifest().protectedVolumes().stream()
                .map(VolumeSlot::volume)
                .collect(Collectors.toSet());
    }

    Optional<Relayed> of(PgId group) {
        return Optional.ofNullable(relayed.get(group));
    }

    Collection<Relayed> all() {
        return relayed.values();
    }

    /** Groups that the target asked for and that no journal here has. */
    List<PgId> missing() {
        return wanted.stream()
                .map(group -> PgId.parse(group.getPgId()))
                .filter(group -> !relayed.containsKey(group))
                .toList();
    }

    /** The machines of the offered journals, as an agent reports those of its host. */
    InventoryReport inventory(String hostId, String hostName, String softwareVersion, String nbdAddress) {
        InventoryReport.Builder report = InventoryReport.newBuilder()
                .setHostId(hostId)
                .setHostName(hostName)
                .setSoftwareVersion(softwareVersion)
                .setMemoryBytes(Runtime.getRuntime().maxMemory())
                .setCpuCount(Runtime.getRuntime().availableProcessors())
                .setNbdAddress(nbdAddress)
                .setOffered(true);
        store.groups().stream()
                .sorted(java.util.Comparator.comparing(PgId::toString))
                .forEach(group -> {
                    if (target.offers(group)
                            && store.slot(group).orElse(null) instanceof JournalSlot.Open open
                            && isOffered(open.journal().snapshot().manifest().policyState())) {
                        machines(group, open.journal(), report);
                    }
                });
        return report.build();
    }

    /** Whether something of the group's machines will come to the journal. */
    private static boolean isOffered(JournalPolicy.State state) {
        return switch (state) {
            case REPLICATE, PAUSED -> true;
            case FAILED_OVER, REMOVED -> false;
        };
    }

    private static void machines(PgId group, Journal journal, InventoryReport.Builder report) {
        Map<String, VmReport.Builder> machines = new LinkedHashMap<>();
        for (VolumeSlot slot : journal.snapshot().manifest().protectedVolumes()) {
            machines.computeIfAbsent(
                            slot.vm().toString(),
                            vm -> VmReport.newBuilder().setVmId(vm).setName(slot.vmName()))
                    .addVolumes(VolumeReportEntry.newBuilder()
                            .setVolumeId(slot.volume().toString())
                            .setName(slot.name())
                            .setSerial(slot.volume().toString())
                            .setSizeBytes(slot.sizeBytes())
                            .setBacking("journal of group " + group)
                            .setNbdExport(group + "/" + slot.volume() + "@latest")
                            .setProtectable(true));
        }
        machines.values().forEach(report::addVms);
    }

    @Override
    public void close() {
        relayed.values().forEach(one -> one.stream().close());
        relayed.clear();
    }
}
