package io.holdfast.inventory.mirror;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * This site's groups as their events say, in memory. What it has not heard it does not know: until it has read all events once, and while no journal speaks of a group, it says so.
 * Thread-safe.
 */
public final class GroupBoard implements StatusSource {
    /** How long a journal may be silent before its newest checkpoint counts as not known. */
    public static final Duration SILENCE = Duration.ofSeconds(30);

    private static final int MOST_TRACKED = 20_000;

    /** @param vms of the group, in any order */
    public record Seen(PgId id, String name, String lifecycle, Health health, List<Member> vms) {
        public Seen {
            vms = List.copyOf(vms);
        }
    }

    /** @param owner empty = its source */
    public record Member(VmId id, String name, long epoch, String owner) {}

    private record Journal(Optional<Instant> newestCheckpoint, Instant heardAt) {}

    private final Map<PgId, Seen> groups = new ConcurrentSkipListMap<>(Comparator.comparing(PgId::value));
    private final Map<PgId, Journal> journals = new ConcurrentSkipListMap<>(Comparator.comparing(PgId::value));
    private final String siteName;
    private final Clock clock;
    private volatile boolean readWhole;

    public GroupBoard(String siteName, Clock clock) {
        this.siteName = SiteStatus.label(siteName);
        this.clock = clock;
    }

    public void seen(Seen group) {
        if (groups.size() < MOST_TRACKED || groups.containsKey(group.id())) {
            groups.put(group.id(), group);
        }
    }

    public void gone(PgId group) {
        groups.remove(group);
        journals.remove(group);
    }

    /** A journal has spoken. */
    public void journal(PgId group, Optional<Instant> newestCheckpoint) {
        if (groups.containsKey(group)) {
            journals.put(group, new Journal(newestCheckpoint, clock.instant()));
        }
    }

    /** All that the topic held at the start has been read. */
    public void readWhole() {
        readWhole = true;
    }

    @Override
    public SiteStatus now() {
        List<Seen> all = List.copyOf(groups.values());
        Health health = all.stream().map(Seen::health).reduce(readWhole ? Health.OK : Health.UNKNOWN, Health::worse);
        List<VmStatus> vms = all.stream()
                .flatMap(group -> group.vms().stream()
                        .map(vm -> new VmStatus(
                                vm.id(),
                                SiteStatus.label(vm.name()),
                                group.id(),
                                vm.epoch(),
                                SiteStatus.label(vm.owner()))))
                .sorted(Comparator.comparing(vm -> vm.id().value()))
                .toList();
        // A VM is in one group; while it moves from one to another, both may name it.
        List<VmStatus> once = vms.stream().filter(distinctId()).toList();
        return new SiteStatus(
                new SiteStatus.Summary(
                        siteName,
                        health,
                        Math.max(0, all.size() - SiteStatus.MOST_GROUPS),
                        Math.max(0, once.size() - SiteStatus.MOST_VMS)),
                all.stream().limit(SiteStatus.MOST_GROUPS).map(this::status).toList(),
                once.stream().limit(SiteStatus.MOST_VMS).toList());
    }

    /** For a list in the order of id. */
    private static java.util.function.Predicate<VmStatus> distinctId() {
        VmId[] last = new VmId[1];
        return vm -> {
            boolean first = !vm.id().equals(last[0]);
            last[0] = vm.id();
            return first;
        };
    }

    private GroupStatus status(Seen group) {
        Optional<Instant> cut = Optional.ofNullable(journals.get(group.id()))
                .filter(journal -> journal.heardAt().plus(SILENCE).isAfter(clock.instant()))
                .flatMap(Journal::newestCheckpoint);
        return new GroupStatus(
                group.id(), SiteStatus.label(group.name()), SiteStatus.label(group.lifecycle()), group.health(), cut);
    }
}
