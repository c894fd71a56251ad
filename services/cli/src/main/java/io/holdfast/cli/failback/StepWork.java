package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.failback.Picture.Vm;
import io.holdfast.cli.site.Lookup;
import io.holdfast.cli.site.Site;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/**
 * Does a step: one order to one site, except for an import, which is followed to its end. Doing it again, in this call or in another, changes nothing. Most are
 * guarded by what they change: an id, a state, a name is there once. A run and an import are not, and have an Idempotency-Key that every call makes alike.
 */
final class StepWork {
    private static final String VMS = "api/v1/vms";
    private static final String GROUPS = "api/v1/protection-groups";
    private static final String PLANS = "api/v1/plans";
    private static final List<String> OBJECTIVES = List.of(
            "checkpointInterval", "history", "journalLimitBytes", "rpoObjective", "appCheckpointInterval", "priority");

    private final Sites sites;
    private final Wishes wishes;
    private final DiskImport imports;

    StepWork(Sites sites, Wishes wishes, DiskImport imports) {
        this.sites = sites;
        this.wishes = wishes;
        this.imports = imports;
    }

    /** @param away the run that brought the VMs away */
    void perform(Step step, Run away) {
        Site home = sites.home();
        switch (step) {
            case Step.AttachAtHome(Vm vm, Run from) -> home.post(VMS, AttachOrder.of(vm, from, vm.home(), vm.away()));
            case Step.MakeGroup(Group like) -> home.post(GROUPS, group(like));
            case Step.StartPaused(Group group) -> home.post(GROUPS + "/" + group.id() + "/start?paused=true");
            case Step.ImportDisk order -> imports.perform(order, away);
            case Step.Resume(Group group) -> home.post(GROUPS + "/" + group.id() + "/resume");
            case Step.MakePlan(String name) -> home.post(PLANS, homePlan(name));
            case Step.Move(Picture.Plan plan) ->
                home.post(PLANS + "/" + plan.id() + "/runs", move(), key(step, away, plan.endedRuns()));
            case Step.Release(Run run) -> sites.away().post("api/v1/runs/" + run.id() + "/release");
            case Step.DetachAway(Vm vm) -> detachAway(vm);
            case Step.Return(Group group) ->
                sites.away()
                        .post(GROUPS + "/" + group.id() + "/failover/return", JsonNodeFactory.instance.objectNode());
            case Step.AttachAway(Vm vm, Run from) ->
                sites.away().post(VMS, AttachOrder.of(vm, from, vm.away(), vm.home()));
        }
    }

    /** Gone already: another call was faster. */
    private void detachAway(Vm vm) {
        try {
            sites.away().delete(VMS + "/" + vm.id());
        } catch (CommandFailure failure) {
            if (failure.exitCode() != ExitCode.NOT_FOUND) {
                throw failure;
            }
        }
    }

    /**
     * The same in every call that wants the same.
     *
     * @param before how often it was tried and ended: another try is another order
     */
    static String key(Step step, Run away, long before) {
        String all = String.join("|", away.id(), step.name(), Long.toString(before));
        return "failback-" + UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode group(Group like) {
        ObjectNode group = JsonNodeFactory.instance.objectNode().put("name", like.name());
        like.vms().stream().sorted().forEach(group.putArray("vmIds")::add);
        OBJECTIVES.stream()
                .filter(like.objectives()::hasNonNull)
                .forEach(field -> group.set(field, like.objectives().path(field)));
        return group;
    }

    private JsonNode homePlan(String name) {
        ObjectNode plan =
                new Lookup(sites.home()).withGroupIds(wishes.homePlanDocument().orElseThrow());
        return plan.put("name", name);
    }

    private ObjectNode move() {
        ObjectNode order = JsonNodeFactory.instance.objectNode().put("mode", "MOVE");
        wishes.shutdownGrace()
                .ifPresent(
                        grace -> order.putObject("shutdown").put("skip", false).put("grace", grace));
        if (wishes.force()) {
            order.put("force", true);
        }
        return order;
    }
}
