package io.holdfast.recoveryplan.run;

import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.MachineHooks;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The steps of {@link StepPlanner} that are about machines. */
final class MachineStepPlanner {
    private final RunOrder order;

    MachineStepPlanner(RunOrder order) {
        this.order = order;
    }

    /**
     * @param before steps after which the group's machines can be placed
     * @return the steps after which its machines run and are ready; {@code before} if it has none
     */
    List<String> start(int number, RecoveryGroup group, List<String> before, List<Step> to) {
        List<List<MachineAction.Target>> tiers = tiers(number, group);
        if (tiers.isEmpty()) {
            return before;
        }
        String place = placeId(number);
        List<MachineAction.Target> all = tiers.stream().flatMap(List::stream).toList();
        StepPlanner.add(to, place, group, new MachineAction.PlaceMachines(all), before);
        List<String> last = List.of(place);
        List<String> startIds = new ArrayList<>();
        List<String> ends = new ArrayList<>();
        for (List<MachineAction.Target> tier : tiers) {
            List<String> together = new ArrayList<>();
            for (MachineAction.Target target : tier) {
                int index = startIds.size() + 1;
                String id = startId(number, index);
                startIds.add(id);
                together.add(id);
                MachineHooks hooks = group.procedure().of(target.vmId());
                String prefix = number + ".before-start-hook." + index + ".";
                List<String> begun = hooks(prefix, group, hooks.beforeStart(), last, to);
                StepPlanner.add(to, id, group, new MachineAction.StartMachine(target, place), begun);
                ends.addAll(afterReady(number, index, group, hooks, to));
            }
            last = together;
        }
        if (group.readiness() instanceof Readiness.Machines ready) {
            String id = awaitId(number);
            StepPlanner.add(to, id, group, new MachineAction.AwaitMachines(ready.timeout(), startIds), startIds);
            ends.addFirst(id);
        } else {
            ends.addAll(0, startIds);
        }
        return ends;
    }

    /** @return the steps after which this machine's hooks are done; none if it has none */
    private List<String> afterReady(int number, int index, RecoveryGroup group, MachineHooks hooks, List<Step> to) {
        if (hooks.afterReady().stream().noneMatch(order::does)) {
            return List.of();
        }
        String started = startId(number, index);
        List<String> last = List.of(started);
        if (group.readiness() instanceof Readiness.Machines ready) {
            String id = number + ".await-machine." + index;
            StepPlanner.add(to, id, group, new MachineAction.AwaitMachines(ready.timeout(), last), last);
            last = List.of(id);
        }
        return hooks(number + ".after-ready-hook." + index + ".", group, hooks.afterReady(), last, to);
    }

    /** One after the other; those that are not for rehearsals are no steps of one. @return the steps after which the last one is done */
    List<String> hooks(String prefix, RecoveryGroup group, List<Hook> hooks, List<String> before, List<Step> to) {
        return chain(prefix, group, hooks, before, to, HookAction.RunHook::new);
    }

    private List<String> chain(
            String prefix,
            RecoveryGroup group,
            List<Hook> hooks,
            List<String> before,
            List<Step> to,
            Function<Hook, HookAction> action) {
        List<String> last = before;
        for (int index = 0; index < hooks.size(); index++) {
            Hook hook = hooks.get(index);
            if (order.does(hook)) {
                String id = prefix + (index + 1);
                StepPlanner.add(to, id, group, action.apply(hook), last);
                last = List.of(id);
            }
        }
        return last;
    }

    /**
     * What a test has shown of the checkpoints of a group whose machines were awaited.
     *
     * @return the steps after which the checkpoints are not needed any more
     */
    List<String> mark(int number, RecoveryGroup group, List<Step> to) {
        // What is shown by one machine says nothing of the others at the same checkpoint.
        if (order.mode() != Mode.TEST
                || order.part().isPresent()
                || !(group.readiness() instanceof Readiness.Machines)
                || tiers(number, group).isEmpty()) {
            return List.of();
        }
        List<String> ids = new ArrayList<>();
        for (int member = 1; member <= group.pgIds().size(); member++) {
            String id = number + ".mark-checkpoint." + member;
            StepAction mark = new SessionAction.MarkCheckpoint(
                    group.pgIds().get(member - 1), StepPlanner.chooseId(number, member), awaitId(number));
            StepPlanner.add(to, id, group, mark, List.of());
            ids.add(id);
        }
        return ids;
    }

    /**
     * @param before steps that undo what depends on the group
     * @return the steps after which nothing uses the group's sessions any more
     */
    List<String> stop(int number, RecoveryGroup group, List<String> before, List<Step> to) {
        List<List<MachineAction.Target>> tiers = tiers(number, group);
        int index = tiers.stream().mapToInt(List::size).sum();
        List<String> stopIds = new ArrayList<>();
        List<String> last = before;
        for (List<MachineAction.Target> tier : tiers.reversed()) {
            List<String> together = new ArrayList<>();
            for (MachineAction.Target target : tier.reversed()) {
                String id = number + ".stop-machine." + index;
                String started = startId(number, index);
                StepAction stop = new MachineAction.StopMachine(target.vmId(), target.pgId(), started);
                List<String> begun = chain(
                        number + ".before-stop-hook." + index + ".",
                        group,
                        group.procedure().of(target.vmId()).beforeStop(),
                        last,
                        to,
                        hook -> new HookAction.BeforeStop(hook, started));
                StepPlanner.add(to, id, group, stop, begun);
                together.add(id);
                index--;
            }
            stopIds.addAll(together);
            last = together;
        }
        return stopIds.isEmpty() ? before : stopIds;
    }

    /** The VMs of the group as they start; none if it does not power on. */
    private List<List<MachineAction.Target>> tiers(int number, RecoveryGroup group) {
        return group.machines().powerOn()
                ? StartOrder.of(order, group).stream()
                        .map(tier -> tier.stream().map(vm -> target(number, vm)).toList())
                        .toList()
                : List.of();
    }

    private static MachineAction.Target target(int number, StartOrder.Vm vm) {
        return new MachineAction.Target(
                vm.vm().id(),
                vm.vm().name(),
                vm.pg(),
                StepPlanner.chooseId(number, vm.member()),
                StepPlanner.openId(number, vm.member()));
    }

    private static String awaitId(int number) {
        return number + ".await-machines";
    }

    private static String placeId(int number) {
        return number + ".place-machines";
    }

    private static String startId(int number, int index) {
        return number + ".start-machine." + index;
    }
}
