package io.holdfast.cli.failback;

import io.holdfast.cli.failback.Decision.Await;
import io.holdfast.cli.failback.Decision.Do;
import io.holdfast.cli.failback.Decision.Refuse;
import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Pair;
import io.holdfast.cli.failback.Picture.Run;
import java.util.List;
import java.util.Optional;

/** Lines 1 to 3: home protects what runs away, and keeps what its old disks hold. */
record AtHome(Run away, Wishes wishes) {
    Decision next(Picture picture) {
        return Decision.of(picture.pairs().stream().map(this::next).toList());
    }

    private Decision next(Pair pair) {
        if (!pair.away().isState("FAILED_OVER") || pair.heldAtHome()) {
            return Decision.DONE;
        }
        List<Decision> machines =
                pair.vms().stream().map(vm -> Attaching.atHome(vm, away).next()).toList();
        Decision attached = Decision.of(machines);
        if (!(attached instanceof Decision.Done)) {
            return attached;
        }
        return pair.home().map(home -> group(home, pair)).orElseGet(() -> new Do(new Step.MakeGroup(pair.away())));
    }

    private Decision group(Group home, Pair pair) {
        return switch (home.state()) {
            case "DRAFT" -> new Do(new Step.StartPaused(home));
            case "PAUSED" -> home.history() ? paused(home) : seed(home, pair);
            case "PROTECTED" -> Decision.DONE;
            default ->
                new Await(
                        Line.FOLLOW_AT_HOME, "'%s' is %s, %d %%".formatted(home.name(), home.state(), home.percent()));
        };
    }

    private static Decision paused(Group home) {
        return new Refuse(
                Line.FOLLOW_AT_HOME,
                Refusal.GROUP_PAUSED,
                "somebody has paused '%s' at home; resume it, and call again".formatted(home.name()));
    }

    private Decision seed(Group home, Pair pair) {
        List<Decision> disks = pair.vms().stream()
                .flatMap(vm -> vm.home().attached().orElseThrow().disks().stream()
                        .filter(disk -> !vm.keptVolumes().contains(disk.id()))
                        .map(disk -> seed(home, pair.away(), vm, disk)))
                .flatMap(Optional::stream)
                .toList();
        Decision kept = Decision.of(disks);
        return kept instanceof Decision.Done ? new Do(new Step.Resume(home)) : kept;
    }

    private Optional<Decision> seed(Group home, Group away, Picture.Vm vm, Picture.Disk disk) {
        Optional<String> file = wishes.seedOf(vm, disk);
        if (file.isPresent()) {
            return Optional.of(new Do(new Step.ImportDisk(home, away, vm, disk, file.get())));
        }
        return wishes.withoutSeeds()
                ? Optional.empty()
                : Optional.of(new Refuse(
                        Line.SEED,
                        Refusal.SEED_MISSING,
                        ("disk %s of %s: say where home's old disk is (--seed %s/%s=FILE), or that there is none"
                                        + " (--without-seeds); what was written there and never sent would be overwritten")
                                .formatted(disk.name(), vm.name(), vm.name(), disk.name())));
    }
}
