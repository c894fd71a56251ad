package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.GroupOrder;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes down all steps of a run when it is ordered, the undoing ones too. The steps are stored with the run: a later version
 * of this class never changes a run that has begun.
 *
 * <p>All points are chosen before the first session is opened, so that {@code latest} means the same moment for every
 * group however long the first groups take to boot.
 */
final class StepPlanner {
    private final RunOrder order;
    private final MachineStepPlanner machines;
    private final OwnershipStepPlanner ownership;
    private final DnsStepPlanner names;
    private final List<Step> forward = new ArrayList<>();
    private final List<Step> commit = new ArrayList<>();
    private final List<Step> undo = new ArrayList<>();
    private final List<String> chooseIds = new ArrayList<>();
    // Steps of an UNPLANNED run before the first session; in a PLANNED one they come before the points.
    private final List<String> takeIds = new ArrayList<>();
    // Group name to the steps that have to be done before its dependents begin.
    private final Map<String, List<String>> lastIds = new HashMap<>();
    private final Map<String, List<String>> closeIds = new HashMap<>();

    private StepPlanner(RunOrder order, List<RecoveryGroup> groups) {
        this.order = order;
        this.machines = new MachineStepPlanner(order);
        this.ownership = new OwnershipStepPlanner(order, groups);
        this.names = new DnsStepPlanner(order);
    }

    static List<Step> plan(RunOrder order) {
        List<RecoveryGroup> groups = GroupOrder.inOrder(order.plan().groups());
        StepPlanner planner = new StepPlanner(order, groups);
        if (order.mode().isPlanned()) {
            planner.ownership.bringDown(planner.forward);
        }
        for (int index = 0; index < groups.size(); index++) {
            planner.choose(index + 1, groups.get(index));
        }
        if (order.mode() == Mode.UNPLANNED) {
            planner.takeIds.addAll(planner.ownership.take(planner.chooseIds, planner.forward));
        }
        for (int index = 0; index < groups.size(); index++) {
            planner.recover(index + 1, groups.get(index));
        }
        if (order.mode().isFailover()) {
            planner.commit(groups);
        }
        Map<String, List<String>> dependents = GroupOrder.dependents(groups);
        for (int index = groups.size(); index > 0; index--) {
            RecoveryGroup group = groups.get(index - 1);
            planner.undo(index, group, dependents.get(group.name()));
        }
        List<Step> steps = new ArrayList<>(planner.forward);
        steps.addAll(planner.commit);
        steps.addAll(planner.undo);
        return List.copyOf(steps);
    }

    private void choose(int number, RecoveryGroup group) {
        for (int member = 1; member <= group.pgIds().size(); member++) {
            PgId pg = group.pgIds().get(member - 1);
            String id = chooseId(number, member);
            chooseIds.add(id);
            Optional<String> finalStep = ownership.finalStep(number, member);
            StepAction action = new SessionAction.ChoosePoint(pg, order.points().get(pg), finalStep);
            add(forward, id, group, action, finalStep.stream().toList());
        }
    }

    private void recover(int number, RecoveryGroup group) {
        List<String> barrier = new ArrayList<>(chooseIds);
        barrier.addAll(takeIds);
        group.dependsOn().forEach(needed -> barrier.addAll(lastIds.get(needed)));
        List<String> before = approve(number, group, barrier);
        before = machines.hooks(
                number + ".before-hook.", group, group.procedure().before(), before, forward);
        List<String> last = new ArrayList<>();
        for (int member = 1; member <= group.pgIds().size(); member++) {
            PgId pg = group.pgIds().get(member - 1);
            String id = openId(number, member);
            last.add(id);
            add(forward, id, group, new SessionAction.Open(pg, chooseId(number, member)), before);
        }
        if (group.readiness() instanceof Readiness.NbdExport probe) {
            String id = number + ".wait-ready";
            add(forward, id, group, new SessionAction.WaitReady(probe.timeout(), last), last);
            last = List.of(id);
        }
        last = machines.start(number, group, last, forward);
        last = names.update(number, group, last, forward);
        last = machines.hooks(number + ".after-hook.", group, group.procedure().after(), last, forward);
        if (group.bootDelay().isPositive()) {
            String id = number + ".boot-delay";
            add(forward, id, group, new PauseAction.BootDelay(group.bootDelay()), last);
            last = List.of(id);
        }
        lastIds.put(group.name(), last);
    }

    /** @return the steps after which the group may begin */
    private List<String> approve(int number, RecoveryGroup group, List<String> before) {
        return group.procedure()
                .approval()
                .map(approval -> {
                    String id = number + ".await-approval";
                    add(forward, id, group, new PauseAction.AwaitApproval(approval, List.of()), before);
                    return List.of(id);
                })
                .orElse(before);
    }

    /** No commit before every group's failover is final: a commit of a session cannot be taken back, a failover can. */
    private void commit(List<RecoveryGroup> groups) {
        List<String> stopIds = new ArrayList<>();
        for (int index = 0; index < groups.size(); index++) {
            for (int member = 1; member <= groups.get(index).pgIds().size(); member++) {
                String id = stopId(index + 1, member);
                stopIds.add(id);
                StepAction stop = new CommitAction.StopReplication(
                        groups.get(index).pgIds().get(member - 1),
                        Optional.of(OwnershipStepPlanner.takeId(index + 1, member)));
                add(commit, id, groups.get(index), stop, List.of());
            }
        }
        for (int index = 0; index < groups.size(); index++) {
            for (int member = 1; member <= groups.get(index).pgIds().size(); member++) {
                PgId pg = groups.get(index).pgIds().get(member - 1);
                StepAction action = new CommitAction.CommitSession(pg, openId(index + 1, member));
                add(commit, (index + 1) + ".commit-session." + member, groups.get(index), action, stopIds);
            }
        }
    }

    private void undo(int number, RecoveryGroup group, List<String> dependents) {
        List<String> before =
                dependents.stream().flatMap(name -> closeIds.get(name).stream()).toList();
        List<String> beforeClosing = machines.stop(number, group, before, undo);
        List<String> marks = machines.mark(number, group, undo);
        if (!marks.isEmpty()) {
            beforeClosing =
                    Stream.concat(beforeClosing.stream(), marks.stream()).toList();
        }
        List<String> ids = new ArrayList<>();
        for (int member = group.pgIds().size(); member > 0; member--) {
            PgId pg = group.pgIds().get(member - 1);
            String id = number + ".close-session." + member;
            ids.add(id);
            add(undo, id, group, new SessionAction.CloseSession(pg, openId(number, member)), beforeClosing);
        }
        closeIds.put(group.name(), ids);
        if (order.mode().isFailover()) {
            List<String> ended = new ArrayList<>(beforeClosing.equals(before) ? List.of() : beforeClosing);
            ended.addAll(ids);
            ownership.giveBack(number, group, ended, undo);
        }
        names.restore(number, group, undo);
    }

    static void add(List<Step> to, String id, RecoveryGroup group, StepAction action, List<String> after) {
        to.add(new Step(id, group.name(), action, after, new StepProgress.Waiting()));
    }

    static String chooseId(int number, int member) {
        return number + ".choose-point." + member;
    }

    static String openId(int number, int member) {
        return number + ".open-session." + member;
    }

    static String stopId(int number, int member) {
        return number + ".stop-replication." + member;
    }
}
