package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.failback.Decision;
import io.holdfast.cli.failback.Goal;
import io.holdfast.cli.failback.Line;
import io.holdfast.cli.failback.Picture;
import io.holdfast.cli.output.Table;
import java.io.PrintWriter;
import java.util.Optional;

/** The way home as it stands, for people and for scripts. */
record FailbackView(Picture picture, Decision next, Goal goal) {
    ObjectNode json() {
        ObjectNode all = Words.object()
                .put("plan", picture.plan())
                .put("goal", goal.name())
                .put("reached", next instanceof Decision.Done);
        picture.away().ifPresent(run -> all.set("awayRun", run(run)));
        picture.homeRun().ifPresent(run -> all.set("homeRun", run(run)));
        picture.pairs().forEach(pair -> pair.vms().forEach(vm -> {
            ObjectNode one = all.withArrayProperty("vms")
                    .addObject()
                    .put("id", vm.id())
                    .put("name", vm.name())
                    .put("group", pair.away().name());
            side(one.putObject("home"), vm.home(), pair.atHome().stream().findFirst());
            side(one.putObject("away"), vm.away(), Optional.of(pair.away()));
        }));
        for (Line line : Line.values()) {
            all.withArrayProperty("lines")
                    .addObject()
                    .put("number", line.ordinal() + 1)
                    .put("site", line.site())
                    .put("what", line.words())
                    .put("state", state(line));
        }
        ObjectNode now = all.putObject("next");
        switch (next) {
            case Decision.Do(var step) -> now.put("kind", "STEP").put("words", step.words());
            case Decision.Await(Line _, String words) -> now.put("kind", "WAIT").put("words", words);
            case Decision.Refuse(Line _, var code, String words) ->
                now.put("kind", "REFUSED").put("code", code.name()).put("words", words);
            case Decision.Done _ -> now.put("kind", "DONE").put("words", goal.words());
        }
        return all;
    }

    private static ObjectNode run(Picture.Run run) {
        return Words.object().put("id", run.id()).put("mode", run.mode()).put("state", run.state());
    }

    private static void side(ObjectNode into, Picture.AtSite site, Optional<Picture.Group> group) {
        into.put("attached", site.attached().map(Picture.Attachment::state).orElse(null))
                .put("groupId", group.map(Picture.Group::id).orElse(null))
                .put("groupState", group.map(Picture.Group::state).orElse(null))
                .put("machineRuns", site.machine().filter(Picture.Machine::kept).isPresent());
        if (site.ownership().known()) {
            into.put("epoch", site.ownership().epoch()).put("owner", owner(site));
        }
    }

    private static String owner(Picture.AtSite site) {
        return site.ownership().recovered() ? site.ownership().owner() : "its source";
    }

    void print(PrintWriter out) {
        if (!picture.pairs().isEmpty()) {
            Table vms = new Table("VM", "GROUP", "AT HOME", "OWNER, BY HOME", "AWAY", "OWNER, BY AWAY");
            picture.pairs().forEach(pair -> pair.vms()
                    .forEach(vm -> vms.row(
                            vm.name(),
                            pair.away().name(),
                            standing(vm.home(), pair.atHome().stream().findFirst()),
                            known(vm.home()),
                            standing(vm.away(), Optional.of(pair.away())),
                            known(vm.away()))));
            vms.print(out);
            out.println();
        }
        Table lines = new Table("", "AT", "WHAT", "STATE");
        for (Line line : Line.values()) {
            if (line.goal().compareTo(goal) <= 0) {
                lines.row(line.ordinal() + 1, line.site(), line.words(), state(line));
            }
        }
        lines.print(out);
        out.println(
                switch (next) {
                    case Decision.Do(var step) -> "next: " + step.words();
                    case Decision.Await(Line line, String words) -> "waiting: %s: %s".formatted(line.site(), words);
                    case Decision.Refuse(Line _, var code, String words) -> code + ": " + words;
                    case Decision.Done _ -> "done: " + goal.words();
                });
    }

    private static String standing(Picture.AtSite site, Optional<Picture.Group> group) {
        String attached = site.attached().map(Picture.Attachment::state).orElse("not attached");
        return group.map(one -> one.state() + ", " + attached).orElse(attached);
    }

    private static String known(Picture.AtSite site) {
        return site.ownership().known()
                ? "%s (epoch %d)".formatted(owner(site), site.ownership().epoch())
                : "-";
    }

    private String state(Line line) {
        Optional<Line> at =
                switch (next) {
                    case Decision.Do(var step) -> Optional.of(step.line());
                    case Decision.Await(Line now, String _) -> Optional.of(now);
                    case Decision.Refuse(Line now, var _, String _) -> Optional.of(now);
                    case Decision.Done _ -> Optional.empty();
                };
        boolean behindGoal = line.goal().compareTo(goal) > 0;
        int order = at.map(line::compareTo).orElse(behindGoal ? 1 : -1);
        return order < 0 ? "done" : order > 0 ? "later" : next instanceof Decision.Refuse ? "REFUSED" : "now";
    }

    ExitCode exitCode() {
        return next instanceof Decision.Refuse refusal ? refusal.code().exitCode() : ExitCode.DONE;
    }
}
