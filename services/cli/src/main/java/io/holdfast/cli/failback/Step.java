package io.holdfast.cli.failback;

import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.failback.Picture.Vm;

/** One order to one site. {@link #subject} names what it is about, and with its kind says which step it is. */
public sealed interface Step {
    /** @param from run at the other site whose machine it is */
    record AttachAtHome(Vm vm, Run from) implements Step {}

    /** @param like the group away */
    record MakeGroup(Group like) implements Step {}

    record StartPaused(Group group) implements Step {}

    /**
     * @param group at home
     * @param away the same, away
     * @param file in home's folder of seeds
     */
    record ImportDisk(Group group, Group away, Vm vm, Picture.Disk disk, String file) implements Step {}

    record Resume(Group group) implements Step {}

    record MakePlan(String title) implements Step {}

    record Move(Picture.Plan plan) implements Step {}

    record Release(Run run) implements Step {}

    record DetachAway(Vm vm) implements Step {}

    record Return(Group group) implements Step {}

    /** @param from run at home whose machine it is */
    record AttachAway(Vm vm, Run from) implements Step {}

    default Line line() {
        return switch (this) {
            case AttachAtHome _ -> Line.ATTACH_AT_HOME;
            case MakeGroup _, StartPaused _, ImportDisk _ -> Line.SEED;
            case Resume _ -> Line.FOLLOW_AT_HOME;
            case MakePlan _, Move _ -> Line.MOVE;
            case Release _ -> Line.RELEASE;
            case DetachAway _, Return _ -> Line.RETURN;
            case AttachAway _ -> Line.FOLLOW_AWAY;
        };
    }

    default String subject() {
        return switch (this) {
            case AttachAtHome attach -> attach.vm().id();
            case MakeGroup(Group like) -> like.id();
            case StartPaused(Group group) -> group.id();
            case ImportDisk order -> order.disk().id();
            case Resume(Group group) -> group.id();
            case MakePlan(String title) -> title;
            case Move(Picture.Plan plan) -> plan.id();
            case Release(Run run) -> run.id();
            case DetachAway(Vm vm) -> vm.id();
            case Return(Group group) -> group.id();
            case AttachAway attach -> attach.vm().id();
        };
    }

    /** For people: what is done. */
    default String words() {
        return switch (this) {
            case AttachAtHome attach ->
                "attach %s at home".formatted(attach.vm().name());
            case MakeGroup(Group like) -> "make protection group '%s' at home".formatted(like.name());
            case StartPaused(Group group) -> "start protection group '%s' at home, paused".formatted(group.name());
            case ImportDisk order ->
                "import the old disk %s of %s at home, and keep it"
                        .formatted(order.disk().name(), order.vm().name());
            case Resume(Group group) -> "resume protection group '%s' at home".formatted(group.name());
            case MakePlan(String title) -> "make plan '%s' at home".formatted(title);
            case Move(Picture.Plan plan) -> "order the MOVE of plan '%s' at home".formatted(plan.name());
            case Release(Run run) -> "release run %s away".formatted(run.id());
            case DetachAway(Vm vm) -> "detach %s away".formatted(vm.name());
            case Return(Group group) -> "return protection group '%s' away".formatted(group.name());
            case AttachAway attach -> "attach %s away".formatted(attach.vm().name());
        };
    }

    /** The same in every call that wants the same, also in one of another version: Idempotency-Keys are made of it. */
    default String name() {
        String kind =
                switch (this) {
                    case AttachAtHome _ -> "attach-at-home";
                    case MakeGroup _ -> "make-group";
                    case StartPaused _ -> "start-paused";
                    case ImportDisk _ -> "import-disk";
                    case Resume _ -> "resume";
                    case MakePlan _ -> "make-plan";
                    case Move _ -> "move";
                    case Release _ -> "release";
                    case DetachAway _ -> "detach-away";
                    case Return _ -> "return";
                    case AttachAway _ -> "attach-away";
                };
        return kind + ":" + subject();
    }
}
