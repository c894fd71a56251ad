package io.holdfast.cli.failback;

import io.holdfast.cli.failback.Decision.Await;
import io.holdfast.cli.failback.Decision.Do;
import io.holdfast.cli.failback.Decision.Refuse;
import io.holdfast.cli.failback.Picture.AtSite;
import io.holdfast.cli.failback.Picture.Attachment;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.failback.Picture.Vm;

/**
 * Has one site capture what runs at the other one. The same in both directions.
 *
 * @param site of which it is said
 * @param from the run at the other site
 * @param here the VM at the site that captures
 * @param there where its machine runs
 */
record Attaching(Line line, String site, Vm vm, Run from, AtSite here, AtSite there, Step step) {
    static Attaching atHome(Vm vm, Run from) {
        return new Attaching(
                Line.ATTACH_AT_HOME, "home", vm, from, vm.home(), vm.away(), new Step.AttachAtHome(vm, from));
    }

    static Attaching away(Vm vm, Run from) {
        return new Attaching(Line.FOLLOW_AWAY, "away", vm, from, vm.away(), vm.home(), new Step.AttachAway(vm, from));
    }

    Decision next() {
        return here.attached().map(this::attached).orElseGet(this::notAttached);
    }

    private Decision notAttached() {
        if (there.machine().filter(Picture.Machine::kept).isEmpty() || from.isState("RELEASING", "RELEASED")) {
            return refuse(Refusal.MACHINE_NOT_RUNNING, "run %s has no machine of %s".formatted(from.id(), vm.name()));
        }
        if (there.machine().orElseThrow().capture().isEmpty()) {
            return await("the agent that runs %s says how to capture it".formatted(vm.name()));
        }
        if (here.link().isEmpty()) {
            return refuse(
                    Refusal.LINK_UNKNOWN,
                    "no host in the inventory of %s is that of the machine of %s; name it with --%s-link"
                            .formatted(site, vm.name(), site));
        }
        if (there.attached().flatMap(Attachment::spec).isEmpty()) {
            return refuse(
                    Refusal.MACHINE_UNKNOWN,
                    "the other site does not know what %s is besides its disks".formatted(vm.name()));
        }
        return new Do(step);
    }

    private Decision attached(Attachment attached) {
        return switch (attached.state()) {
            case "ATTACHED" -> captured(attached);
            case "REJECTED" ->
                refuse(
                        Refusal.ATTACH_REJECTED,
                        "%s at %s: %s; remove it with 'vm detach' there, and call again"
                                .formatted(vm.name(), site, attached.reason()));
            default -> await("%s is %s".formatted(vm.name(), attached.state()));
        };
    }

    private Decision captured(Attachment attached) {
        boolean ours = attached.from().map(run -> run.equals(from.id())).orElse(true);
        return ours && !attached.capture().equals("INLINE")
                ? Decision.DONE
                : refuse(
                        Refusal.ATTACHED_OTHERWISE,
                        "%s is attached at %s, and not to the machine of run %s; detach it there, and call again"
                                .formatted(vm.name(), site, from.id()));
    }

    private Decision refuse(Refusal code, String words) {
        return new Refuse(line, code, words);
    }

    private Decision await(String words) {
        return new Await(line, words);
    }
}
