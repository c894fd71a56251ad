package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.GroupOrder;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The steps of {@link StepPlanner} by which a failover takes, and gives back, what it recovers. */
final class OwnershipStepPlanner {
    private final RunOrder order;
    private final List<RecoveryGroup> groups;
    private final List<String> takeIds = new ArrayList<>();

    /** @param groups in the order of recovery */
    OwnershipStepPlanner(RunOrder order, List<RecoveryGroup> groups) {
        this.order = order;
        this.groups = groups;
    }

    /** Everything of a PLANNED run before its points are chosen. */
    void bringDown(List<Step> to) {
        take(shutDown(to), to);
        eachMember((number, member, group, pg) -> StepPlanner.add(
                to,
                fenceId(number, member),
                group,
                new OwnershipAction.AwaitFence(pg, takeId(number, member)),
                takeIds));
        eachMember((number, member, group, pg) -> StepPlanner.add(
                to,
                finalId(number, member),
                group,
                new OwnershipAction.FinalCheckpoint(pg, takeId(number, member)),
                List.of(fenceId(number, member))));
    }

    /** @return the steps after which every VM is down: of a group that others depend on the last */
    private List<String> shutDown(List<Step> to) {
        FailoverRules.Shutdown rules = order.failover()
                .flatMap(FailoverRules::shutdown)
                .orElseThrow(() -> new IllegalStateException("a PLANNED run says how its source is shut down"));
        List<String> all = new ArrayList<>();
        if (rules.skip()) {
            return all;
        }
        Map<String, List<String>> dependents = GroupOrder.dependents(groups);
        Map<String, List<String>> down = new HashMap<>();
        for (int number = groups.size(); number > 0; number--) {
            RecoveryGroup group = groups.get(number - 1);
            List<String> last = dependents.get(group.name()).stream()
                    .flatMap(name -> down.get(name).stream())
                    .toList();
            List<List<StartOrder.Vm>> tiers = StartOrder.of(order, group);
            int index = tiers.stream().mapToInt(List::size).sum();
            for (List<StartOrder.Vm> tier : tiers.reversed()) {
                List<String> together = new ArrayList<>();
                for (StartOrder.Vm vm : tier.reversed()) {
                    String id = number + ".shut-down-source." + index;
                    AgentId agent = vm.vm()
                            .agent()
                            .orElseThrow(() -> new IllegalStateException("a PLANNED run knows the agents of its VMs"));
                    OwnershipAction action = new OwnershipAction.ShutDownSource(
                            vm.vm().id(), vm.vm().name(), vm.pg(), agent, rules.grace());
                    StepPlanner.add(to, id, group, action, last);
                    together.add(id);
                    index--;
                }
                all.addAll(together);
                last = together;
            }
            down.put(group.name(), last);
        }
        return all;
    }

    /** @return the steps after which every group is taken */
    List<String> take(List<String> before, List<Step> to) {
        boolean required = order.mode().isPlanned();
        eachMember((number, member, group, pg) -> {
            String id = takeId(number, member);
            takeIds.add(id);
            StepPlanner.add(to, id, group, new OwnershipAction.TakeOwnership(pg, required), before);
        });
        return takeIds;
    }

    /** Where a PLANNED run's point comes from; empty in others. */
    Optional<String> finalStep(int number, int member) {
        return order.mode().isPlanned() ? Optional.of(finalId(number, member)) : Optional.empty();
    }

    /** @param before steps after which nothing of the group uses its disks any more */
    void giveBack(int number, RecoveryGroup group, List<String> before, List<Step> to) {
        for (int member = group.pgIds().size(); member > 0; member--) {
            OwnershipAction action = new OwnershipAction.ReturnOwnership(
                    group.pgIds().get(member - 1), takeId(number, member), StepPlanner.stopId(number, member));
            StepPlanner.add(to, number + ".return-ownership." + member, group, action, before);
        }
    }

    private interface Each {
        void of(int number, int member, RecoveryGroup group, PgId pg);
    }

    private void eachMember(Each each) {
        for (int number = 1; number <= groups.size(); number++) {
            RecoveryGroup group = groups.get(number - 1);
            for (int member = 1; member <= group.pgIds().size(); member++) {
                each.of(number, member, group, group.pgIds().get(member - 1));
            }
        }
    }

    static String takeId(int number, int member) {
        return number + ".take-ownership." + member;
    }

    private static String fenceId(int number, int member) {
        return number + ".await-fence." + member;
    }

    private static String finalId(int number, int member) {
        return number + ".final-checkpoint." + member;
    }
}
