package io.holdfast.cli.failback;

import io.holdfast.cli.failback.Decision.Await;
import io.holdfast.cli.failback.Decision.Do;
import io.holdfast.cli.failback.Decision.Refuse;
import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Pair;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.failback.Picture.Vm;
import java.util.List;
import java.util.Optional;

/** Lines 5 to 7: the other site lets go of what ran there, and protects the machines of home. Asked only when {@link Moving} is done. */
record Away(Picture picture, Run away) {
    Decision letGo() {
        List<Pair> held = picture.pairs().stream()
                .filter(pair -> pair.away().isState("FAILED_OVER"))
                .toList();
        if (held.isEmpty()) {
            return Decision.DONE;
        }
        if (away.isState("SUCCEEDED")) {
            return new Do(new Step.Release(away));
        }
        return away.isState("RELEASED")
                ? Decision.of(held.stream().map(this::giveBack).toList())
                : new Await(Line.RELEASE, "run %s is %s".formatted(away.id(), away.state()));
    }

    private Decision giveBack(Pair pair) {
        List<Decision> machines =
                pair.vms().stream().map(this::detach).flatMap(Optional::stream).toList();
        return machines.isEmpty() ? new Do(new Step.Return(pair.away())) : Decision.of(machines);
    }

    private Optional<Decision> detach(Vm vm) {
        return vm.away().attached().map(attached -> {
            if (attached.state().equals("DETACHING")) {
                return new Await(Line.RETURN, "%s is DETACHING".formatted(vm.name()));
            }
            // Another call was faster: this is the machine of home already, and the group was returned since it was
            // read.
            boolean ofHome = attached.from().equals(picture.homeRun().map(Run::id));
            return ofHome
                    ? new Await(Line.RETURN, "%s is attached from home".formatted(vm.name()))
                    : new Do(new Step.DetachAway(vm));
        });
    }

    Decision protect() {
        return Decision.of(picture.pairs().stream().map(this::protect).toList());
    }

    private Decision protect(Pair pair) {
        Run home = picture.homeRun().orElseThrow();
        Decision attached = Decision.of(
                pair.vms().stream().map(vm -> Attaching.away(vm, home).next()).toList());
        return attached instanceof Decision.Done ? follow(pair.away()) : attached;
    }

    private static Decision follow(Group group) {
        return switch (group.state()) {
            case "PROTECTED" -> Decision.DONE;
            case "PAUSED" ->
                new Refuse(
                        Line.FOLLOW_AWAY,
                        Refusal.GROUP_PAUSED,
                        "somebody has paused '%s' away; resume it, and call again".formatted(group.name()));
            default ->
                new Await(
                        Line.FOLLOW_AWAY, "'%s' is %s, %d %%".formatted(group.name(), group.state(), group.percent()));
        };
    }
}
