package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast capacity …}: what guests write, and what that needs (F144, F145). */
@Command(
        name = "capacity",
        description = "What guests write, and what a link and a journal need for it.",
        subcommands = {CapacityCommands.Traffic.class, CapacityCommands.WhatIf.class})
public final class CapacityCommands {

    @Command(name = "traffic", description = "What a group's guests wrote, by minutes or hours.")
    static final class Traffic extends SiteCommand {
        @Parameters(paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Option(
                names = "--last",
                paramLabel = "TIME",
                defaultValue = "1h",
                description = "Until now; more than 24h is shown by hours. Default ${DEFAULT-VALUE}.")
        String last;

        @Override
        ExitCode run() {
            return show(
                    site().get("api/v1/protection-groups/%s/traffic?last=%s"
                            .formatted(lookup().group(group), Words.duration("--last", last))),
                    this::print);
        }

        private void print(JsonNode traffic) {
            out().printf(
                            "%s written in %d observed minutes, %s sent per byte written%n",
                            Shown.bytes(traffic.path("writtenBytes")),
                            traffic.path("observedMinutes").asInt(),
                            factor(traffic.path("packing")));
            Table steps = new Table("FROM", "OBSERVED", "WRITTEN");
            traffic.path("steps")
                    .forEach(step -> steps.row(
                            Shown.instant(step.path("at")),
                            step.path("observedMinutes").asInt() + " min",
                            Shown.bytes(step.path("writtenBytes"))));
            steps.print(out());
        }
    }

    @Command(
            name = "what-if",
            description = "Takes what guests wrote through another link, with other objectives. Changes nothing.")
    static final class WhatIf extends SiteCommand {
        @Option(
                names = "--group",
                paramLabel = "GROUP",
                description = "Name or id; once for every group that shares the link. All when left out.")
        List<String> groups = new ArrayList<>();

        @Option(names = "--link", paramLabel = "SIZE", description = "What it carries in a second, such as 12MiB.")
        String link;

        @Option(names = "--rpo", paramLabel = "TIME", description = "The objective; the groups' own when left out.")
        String rpo;

        @Option(names = "--history", paramLabel = "TIME", description = "The groups' own when left out.")
        String history;

        @Option(names = "--growth", paramLabel = "FACTOR", description = "On what was written, such as 1.5.")
        Double growth;

        @Option(
                names = "--packing",
                paramLabel = "FACTOR",
                description = "Bytes on the link per byte written; measured when left out.")
        Double packing;

        @Override
        ExitCode run() {
            return show(site().post("api/v1/capacity/what-if", question()), this::print);
        }

        private ObjectNode question() {
            ObjectNode asked = Words.object();
            if (!groups.isEmpty()) {
                ArrayNode ids = asked.putArray("pgIds");
                groups.forEach(group -> ids.add(lookup().group(group)));
            }
            if (link != null) {
                asked.put("linkBytesPerSecond", Words.bytes("--link", link));
            }
            if (rpo != null) {
                asked.put("rpo", Words.duration("--rpo", rpo).toString());
            }
            if (history != null) {
                asked.put("history", Words.duration("--history", history).toString());
            }
            if (growth != null) {
                asked.put("growth", growth);
            }
            if (packing != null) {
                asked.put("packing", packing);
            }
            return asked;
        }

        private void print(JsonNode answer) {
            out().printf(
                            "observed %.0f %% of %s to %s; %s sent per byte written (%s)%n",
                            answer.path("observedPercent").asDouble(),
                            Shown.instant(answer.path("from")),
                            Shown.instant(answer.path("until")),
                            factor(answer.path("packing")),
                            Shown.text(answer.path("packingSource")));
            out().printf(
                            "needed for an RPO of %s: %s/s; mean %s/s, busiest minute %s/s%n",
                            Shown.duration(answer.path("rpo")),
                            Shown.bytes(answer.path("neededBytesPerSecond")),
                            Shown.bytes(answer.path("meanBytesPerSecond")),
                            Shown.bytes(answer.path("busiestBytesPerSecond")));
            out().printf(
                            "journal for %s: %s%s%n",
                            Shown.duration(answer.path("history")),
                            Shown.bytes(answer.path("journalBytes")),
                            answer.path("journalExtrapolated").asBoolean() ? " (a guess: less was observed)" : "");
            if (answer.hasNonNull("onLink")) {
                print(answer.path("onLink"), answer.path("rpo"));
            }
            Table table = new Table("GROUP", "OBSERVED", "MEAN/S", "BUSIEST/S", "JOURNAL");
            answer.path("groups")
                    .forEach(group -> table.row(
                            Shown.text(group.path("name")),
                            group.path("observedMinutes").asInt() + " min",
                            Shown.bytes(group.path("meanBytesPerSecond")),
                            Shown.bytes(group.path("busiestBytesPerSecond")),
                            Shown.bytes(group.path("journalBytes"))));
            table.print(out());
        }

        private void print(JsonNode onLink, JsonNode objective) {
            out().printf(
                            "on %s/s: behind by %s at most (%s), the RPO of %s is %s; %s wait at most, the agents hold %s%n",
                            Shown.bytes(onLink.path("linkBytesPerSecond")),
                            Shown.duration(onLink.path("longestDelay")),
                            Shown.instant(onLink.path("longestDelayAt")),
                            Shown.duration(objective),
                            onLink.path("meetsRpo").asBoolean() ? "met" : "NOT met",
                            Shown.bytes(onLink.path("largestBacklogBytes")),
                            Shown.bytes(onLink.path("ringBytes")));
            if (onLink.path("backlogAtEndBytes").asLong() > 0) {
                out().printf(
                                "the link was still behind by %s when the trace ended%n",
                                Shown.bytes(onLink.path("backlogAtEndBytes")));
            }
        }
    }

    private static String factor(JsonNode packing) {
        return packing.isNumber() ? "%.2f".formatted(packing.asDouble()) : Shown.UNKNOWN;
    }
}
