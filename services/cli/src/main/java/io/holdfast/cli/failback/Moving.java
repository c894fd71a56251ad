package io.holdfast.cli.failback;

import io.holdfast.cli.failback.Decision.Await;
import io.holdfast.cli.failback.Decision.Do;
import io.holdfast.cli.failback.Decision.Refuse;
import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Pair;
import io.holdfast.cli.failback.Picture.Plan;
import io.holdfast.cli.failback.Picture.Run;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Line 4: the VMs move home. Behind it nobody needs what the other site has. */
record Moving(Picture picture, Wishes wishes) {
    Decision next() {
        Optional<Run> underWay = picture.homeRun().filter(run -> !isEnded(run));
        if (underWay.isPresent()) {
            return follow(underWay.get());
        }
        if (picture.pairs().stream().anyMatch(Pair::heldAtHome)) {
            return isHome()
                    ? Decision.DONE
                    : refuse(
                            Refusal.HOME_NOT_RUNNING,
                            "home holds the VMs, and not every one of them runs there by run %s; the other site lets go of nothing"
                                    .formatted(picture.homeRun().map(Run::id).orElse("?")));
        }
        return picture.homePlan().map(this::order).orElseGet(this::makePlan);
    }

    private static boolean isEnded(Run run) {
        return run.isState("SUCCEEDED", "FAILED", "CANCELLED", "ROLLED_BACK", "RELEASED");
    }

    private Decision follow(Run run) {
        if (run.isState("HALTED")) {
            return refuse(
                    Refusal.HOME_RUN_HALTED,
                    "run %s at home is HALTED (%s); 'run retry' or 'run rollback' there, then call again"
                            .formatted(run.id(), run.failure()));
        }
        if (run.isState("READY") && !run.isMove()) {
            return refuse(
                    Refusal.HOME_RUN_READY,
                    "run %s at home, %s, waits for a decision; 'run commit' or 'run rollback' there, then call again"
                            .formatted(run.id(), run.mode()));
        }
        return new Await(Line.MOVE, "run %s is %s, %s".formatted(run.id(), run.state(), run.progress()));
    }

    private boolean isHome() {
        return picture.homeRun()
                .filter(run -> run.isState("SUCCEEDED") && run.committed() && run.recovered())
                .filter(run -> picture.pairs().stream().allMatch(pair -> isHome(pair, run)))
                .isPresent();
    }

    private static boolean isHome(Pair pair, Run run) {
        boolean held = pair.home()
                .filter(home -> home.isState("FAILED_OVER") && home.run().equals(Optional.of(run.id())))
                .isPresent();
        return held
                && pair.vms().stream().allMatch(vm -> vm.home()
                        .machine()
                        .filter(Picture.Machine::kept)
                        .isPresent());
    }

    private Decision makePlan() {
        return wishes.homePlanDocument().isPresent()
                ? new Do(new Step.MakePlan(picture.homePlanName()))
                : refuse(
                        Refusal.HOME_PLAN_MISSING,
                        "home has no plan '%s'; apply one there with its groups, or give --home-plan-file"
                                .formatted(picture.homePlanName()));
    }

    private Decision order(Plan plan) {
        Set<String> groups = picture.pairs().stream()
                .flatMap(pair -> pair.home().stream())
                .map(Group::id)
                .collect(Collectors.toSet());
        return plan.groups().equals(groups)
                ? new Do(new Step.Move(plan))
                : refuse(
                        Refusal.HOME_PLAN_DOES_NOT_FIT,
                        "plan '%s' of home has not exactly the protection groups of this application"
                                .formatted(plan.name()));
    }

    private static Decision refuse(Refusal code, String words) {
        return new Refuse(Line.MOVE, code, words);
    }
}
