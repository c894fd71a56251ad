package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.HostId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Chooses a host for each machine of a group. A pure function: the same input gives the same answer.
 *
 * <ol>
 *   <li>Machines with a link into an isolated network go to one host together, if one has room for all: such a network ends at its host. Hosts that
 *       the run uses already come first, then the one with most free memory.
 *   <li>The others, and those too if no host holds them all, go one by one, the largest first, each to the host with most free memory that has its
 *       networks.
 * </ol>
 */
public final class Placer {
    /**
     * What one machine needs.
     *
     * @param networks names of host networks that it is linked to
     * @param isolated whether one of its links goes into an isolated network
     */
    public record Need(KnownMachine machine, Set<String> networks, boolean isolated) {
        public Need {
            networks = Set.copyOf(networks);
        }
    }

    private final List<MachineHost> hosts;
    private final List<Placement> placed = new ArrayList<>();

    private Placer(List<MachineHost> hosts) {
        this.hosts = new ArrayList<>(hosts);
    }

    /**
     * @param hosts the candidates
     * @param inUse hosts on which this run has machines already
     * @return one for each need, in their order
     * @throws HoldfastException {@code NO_HOST_FOR_MACHINE} if one finds no place
     */
    public static List<Placement> place(List<Need> needs, List<MachineHost> hosts, Set<HostId> inUse) {
        Placer placer = new Placer(hosts.stream()
                .filter(MachineHost::usable)
                .sorted(Comparator.comparing(host -> host.id().toString()))
                .toList());
        List<Need> isolated = needs.stream().filter(Need::isolated).toList();
        List<Need> rest = new ArrayList<>(needs);
        if (placer.together(isolated, inUse)) {
            rest.removeAll(isolated);
        }
        rest.stream()
                .sorted(Comparator.comparingLong((Need need) -> memory(need)).reversed())
                .forEach(placer::alone);
        return needs.stream()
                .map(need -> placer.placed.stream()
                        .filter(placement -> placement.machine().equals(need.machine()))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    private boolean together(List<Need> needs, Set<HostId> inUse) {
        if (needs.isEmpty()) {
            return true;
        }
        long memory = needs.stream().mapToLong(Placer::memory).sum();
        Optional<MachineHost> host = hosts.stream()
                .filter(candidate -> candidate.freeBytes() >= memory)
                .filter(candidate ->
                        needs.stream().allMatch(need -> candidate.networks().containsAll(need.networks())))
                .max(Comparator.comparing((MachineHost candidate) -> inUse.contains(candidate.id()))
                        .thenComparing(MachineHost::freeBytes));
        host.ifPresent(found -> needs.forEach(need -> take(need, found.id())));
        return host.isPresent();
    }

    private void alone(Need need) {
        MachineHost host = hosts.stream()
                .filter(candidate -> candidate.freeBytes() >= memory(need))
                .filter(candidate -> candidate.networks().containsAll(need.networks()))
                .max(Comparator.comparingLong(MachineHost::freeBytes))
                .orElseThrow(() -> noHost(need));
        take(need, host.id());
    }

    private void take(Need need, HostId id) {
        for (int index = 0; index < hosts.size(); index++) {
            MachineHost host = hosts.get(index);
            if (host.id().equals(id)) {
                placed.add(new Placement(need.machine(), host.id(), host.name(), host.agent()));
                hosts.set(index, host.reserving(memory(need)));
            }
        }
    }

    private HoldfastException noHost(Need need) {
        String seen = hosts.isEmpty()
                ? "no candidate is connected and runs machines"
                : "candidates: "
                        + String.join(
                                ", ",
                                hosts.stream()
                                        .limit(8)
                                        .map(host -> "'%s' with %d MiB free, networks %s"
                                                .formatted(
                                                        host.name(),
                                                        host.freeBytes() >> 20,
                                                        host.networks().stream()
                                                                .sorted()
                                                                .toList()))
                                        .toList());
        return new HoldfastException(
                MachineError.NO_HOST_FOR_MACHINE,
                "no host can run '%s', which needs %d MiB%s; %s"
                        .formatted(
                                need.machine().name(),
                                memory(need) >> 20,
                                need.networks().isEmpty()
                                        ? ""
                                        : " and the networks "
                                                + need.networks().stream()
                                                        .sorted()
                                                        .toList(),
                                seen));
    }

    private static long memory(Need need) {
        return need.machine().spec().memoryBytes();
    }
}
