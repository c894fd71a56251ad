package io.holdfast.cli.failback;

import io.holdfast.cli.failback.Decision.Refuse;
import io.holdfast.cli.failback.Picture.Attachment;
import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Pair;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.failback.Picture.Vm;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether what both sites say is about one application on one way. */
record Fit(Picture picture, Run away) {
    private static final Set<String> RETURNED = Set.of("RESYNC", "PROTECTED", "PAUSED");

    Decision check() {
        if (picture.homeRuns() > 1) {
            return refuse(Refusal.RUNS_DO_NOT_FIT, "%d runs at home hold groups of it".formatted(picture.homeRuns()));
        }
        return Decision.of(picture.pairs().stream().map(this::check).toList());
    }

    private Decision check(Pair pair) {
        return Stream.of(groups(pair), volumes(pair), stateAway(pair), owners(pair), whoCameLater(pair))
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(Decision.DONE);
    }

    private Optional<Decision> groups(Pair pair) {
        boolean same = pair.atHome().size() <= 1
                && pair.home().map(home -> home.vms().equals(pair.away().vms())).orElse(true);
        return refuseUnless(
                same,
                Refusal.GROUPS_DO_NOT_FIT,
                "the VMs of '%s' are not exactly one protection group at home, but in: %s"
                        .formatted(
                                pair.away().name(),
                                pair.atHome().stream().map(Group::name).collect(Collectors.joining(", "))));
    }

    private Optional<Decision> volumes(Pair pair) {
        return pair.vms().stream()
                .filter(vm -> vm.home().attached().isPresent() && !sameVolumes(vm))
                .findFirst()
                .map(vm -> refuse(
                        Refusal.VOLUMES_DO_NOT_FIT,
                        "%s is attached at home with other volumes than its machine away has".formatted(vm.name())));
    }

    private static boolean sameVolumes(Vm vm) {
        Set<String> attached = vm.home().attached().orElseThrow().disks().stream()
                .map(Picture.Disk::id)
                .collect(Collectors.toSet());
        return vm.away()
                .machine()
                .flatMap(Picture.Machine::capture)
                .map(capture -> capture.nodes().keySet().equals(attached))
                .orElse(true);
    }

    private Optional<Decision> stateAway(Pair pair) {
        Group group = pair.away();
        if (RETURNED.contains(group.state())) {
            return refuseUnless(
                    pair.home().filter(home -> home.isState("FAILED_OVER")).isPresent(),
                    Refusal.NOTHING_AWAY,
                    "protection group '%s' was given back to its source already, and home does not run its VMs by a run"
                            .formatted(group.name()));
        }
        return refuseUnless(
                group.isState("FAILED_OVER") && group.run().equals(Optional.of(away.id())),
                Refusal.AWAY_GROUP_STATE,
                "protection group '%s' is %s there%s, not FAILED_OVER by run %s"
                        .formatted(
                                group.name(),
                                group.state(),
                                group.run().map(run -> " by run " + run).orElse(""),
                                away.id()));
    }

    private Optional<Decision> owners(Pair pair) {
        return pair.vms().stream()
                .filter(vm -> contradicts(pair.away(), vm.away())
                        || pair.home()
                                .filter(home -> contradicts(home, vm.home()))
                                .isPresent())
                .findFirst()
                .map(vm -> refuse(
                        Refusal.OWNERS_DO_NOT_FIT,
                        "%s: a site has it failed over, and its source as the owner".formatted(vm.name())));
    }

    private static boolean contradicts(Group group, Picture.AtSite site) {
        return group.isHeld() && site.ownership().known() && !site.ownership().recovered();
    }

    /** Both sites may say that they own a VM. What home attached tells which of them came later; clocks do not. */
    private Optional<Decision> whoCameLater(Pair pair) {
        if (!pair.away().isState("FAILED_OVER") || !pair.heldAtHome()) {
            return Optional.empty();
        }
        for (Vm vm : pair.vms()) {
            Optional<String> from = vm.home().attached().flatMap(Attachment::from);
            if (from.isEmpty()) {
                return Optional.of(refuse(
                        Refusal.BEGUN_BY_HAND,
                        ("home holds %s, and nothing says that it was attached there from run %s; end by hand what was begun by"
                                        + " hand (docs/two-sites.md, steps 5 to 7)")
                                .formatted(vm.name(), away.id())));
            }
            if (!from.get().equals(away.id())) {
                return Optional.of(heldEarlier(pair));
            }
        }
        return refuseUnless(
                picture.homeRun()
                        .filter(run -> run.isMove() || run.mode().equals("PLANNED"))
                        .isPresent(),
                Refusal.HOME_RUN_NOT_MOVED,
                "home has taken '%s' by a run that did not shut the VMs down away"
                        .formatted(pair.away().name()));
    }

    private Decision heldEarlier(Pair pair) {
        String run = pair.home().flatMap(Group::run).orElse("?");
        return refuse(
                Refusal.HOME_HELD_EARLIER,
                ("home still holds '%s' by run %s, from before run %s; at home: run release %s, vm detach of each VM, group return;"
                                + " then call again")
                        .formatted(pair.away().name(), run, away.id(), run));
    }

    private static Optional<Decision> refuseUnless(boolean holds, Refusal code, String words) {
        return holds ? Optional.empty() : Optional.of(refuse(code, words));
    }

    private static Decision refuse(Refusal code, String words) {
        return new Refuse(Line.ATTACH_AT_HOME, code, words);
    }
}
