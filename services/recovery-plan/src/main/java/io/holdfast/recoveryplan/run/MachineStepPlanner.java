package io.holdfast.recoveryplan.run;

import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.ArrayList;
import java.util.List;

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
        for (List<MachineAction.Target> tier : tiers) {
            List<String> together = new ArrayList<>();
            for (MachineAction.Target target : tier) {
                String id = startId(number, startIds.size() + 1);
                startIds.add(id);
                together.add(id);
                StepPlanner.add(to, id, group, new MachineAction.StartMachine(target, place), last);
            }
            last = together;
        }
        if (group.readiness() instanceof Readiness.Machines ready) {
            String id = awaitId(number);
            StepPlanner.add(to, id, group, new MachineAction.AwaitMachines(ready.timeout(), startIds), startIds);
            return List.of(id);
        }
        return startIds;
    }

    /**
     * What a test has shown of the checkpoints of a group whose machines were awaited.
     *
     * @return the steps after which the checkpoints are not needed any more
     */
    List<String> mark(int number, RecoveryGroup group, List<Step> to) {
        if (order.mode() != Mode.TEST
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
                StepAction stop = new MachineAction.StopMachine(target.vmId(), target.pgId(), startId(number, index));
                StepPlanner.add(to, id, group, stop, last);
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
