package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What both sites say, read in one turn.
 *
 * @param plan name, at the other site
 * @param homePlanName of the plan that starts the VMs at home
 * @param away the newest committed failover of the plan at the other site
 * @param pairs for each protection group of that run: what it is there and at home
 * @param homeRun that holds groups at home, or else that is under way there
 * @param homeRuns how many runs hold groups at home
 * @param homePlan of that name
 */
public record Picture(
        String plan,
        String homePlanName,
        Optional<Run> away,
        List<Pair> pairs,
        Optional<Run> homeRun,
        int homeRuns,
        Optional<Plan> homePlan) {

    /** Of what a person names as old disks, one that is none of these volumes. Empty while home does not know its volumes. */
    public Optional<String> strangeSeed(Wishes wishes) {
        List<Vm> vms = pairs.stream().flatMap(pair -> pair.vms().stream()).toList();
        if (vms.stream()
                .anyMatch(vm -> vm.away().machine().flatMap(Machine::capture).isEmpty())) {
            return Optional.empty();
        }
        Set<String> known = new HashSet<>();
        for (Vm vm : vms) {
            vm.away()
                    .machine()
                    .flatMap(Machine::capture)
                    .ifPresent(capture -> known.addAll(capture.nodes().keySet()));
            vm.away().attached().ifPresent(attached -> attached.disks()
                    .forEach(disk -> known.add(vm.name() + "/" + disk.name())));
            vm.home().attached().ifPresent(attached -> attached.disks()
                    .forEach(disk -> known.add(vm.name() + "/" + disk.name())));
        }
        return wishes.seeds().keySet().stream()
                .filter(name -> !known.contains(name))
                .findFirst();
    }

    /**
     * @param endedRuns failovers of it that are over: the next one is another order than they were
     * @param lastFailure of the newest of those; empty = none
     */
    public record Plan(String id, String name, Set<String> groups, long endedRuns, String lastFailure) {}

    /**
     * @param recovered everything was ready
     * @param failure code and sentence; empty = none
     * @param progress for people
     * @param machines by VM
     */
    public record Run(
            String id,
            String mode,
            String state,
            boolean committed,
            boolean recovered,
            String orderedAt,
            String failure,
            String progress,
            Map<String, Machine> machines) {
        boolean isState(String... states) {
            return Set.of(states).contains(state);
        }

        boolean isMove() {
            return mode.equals("MOVE");
        }
    }

    /**
     * @param kept it was started, and not stopped by its run
     * @param capture how its agent says that it can be captured
     */
    public record Machine(String hostId, boolean kept, Optional<Capture> capture) {}

    /** @param nodes of QEMU, by volume */
    public record Capture(String qmpSocket, String guestAgentSocket, Map<String, String> nodes) {}

    /** @param atHome groups there that have one of its VMs */
    public record Pair(Group away, List<Group> atHome, List<Vm> vms) {
        Optional<Group> home() {
            return atHome.stream().findFirst();
        }

        /** Whether a run at home has taken its VMs. */
        boolean heldAtHome() {
            return home().filter(Group::isHeld).isPresent();
        }
    }

    /**
     * @param history it was protected before
     * @param run that holds it
     * @param percent of its sync
     */
    public record Group(
            String id,
            String name,
            String state,
            boolean history,
            Optional<String> run,
            int percent,
            Set<String> vms,
            JsonNode objectives) {
        boolean isState(String... states) {
            return Set.of(states).contains(state);
        }

        boolean isHeld() {
            return isState("FAILING_OVER", "FAILED_OVER");
        }
    }

    /** @param keptVolumes of which home keeps the old disk as a branch */
    public record Vm(String id, String name, AtSite home, AtSite away, Set<String> keptVolumes) {}

    /**
     * One VM at one site.
     *
     * @param machine of the site's run
     * @param link host of this site's inventory whose agent captures the machine of the other site
     */
    public record AtSite(
            Optional<Attachment> attached, Optional<Machine> machine, Optional<String> link, Ownership ownership) {}

    /** @param recovered false: the source owns it, as the site sees it */
    public record Ownership(boolean known, boolean recovered, long epoch, String owner) {
        static final Ownership UNKNOWN = new Ownership(false, false, 0, "");
    }

    /** @param spec what the VM is besides its disks, as it was told */
    public record Attachment(String state, String capture, String reason, List<Disk> disks, Optional<JsonNode> spec) {
        private static final Pattern FROM_RUN = Pattern.compile("/recovered/([0-9a-fA-F-]{36})/.*");

        /** The run that the captured machine comes from; empty = nobody has noted it. */
        Optional<String> from() {
            List<Optional<String>> runs =
                    disks.stream().map(Attachment::runOf).distinct().toList();
            return runs.size() == 1 ? runs.getFirst() : Optional.empty();
        }

        private static Optional<String> runOf(Disk disk) {
            Matcher path = FROM_RUN.matcher(disk.backing());
            return path.matches() ? Optional.of(path.group(1)) : Optional.empty();
        }

        /** Where an attachment notes the run that a volume comes from. */
        static String noted(String run, String volume) {
            return "/recovered/%s/%s".formatted(run, volume);
        }
    }

    /** @param captureId of its tap, since when the agent has seen every write; empty = not tapped, or not said */
    public record Disk(String id, String name, String backing, Optional<String> captureId) {}
}
