package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.failback.Picture.AtSite;
import io.holdfast.cli.failback.Picture.Attachment;
import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Machine;
import io.holdfast.cli.failback.Picture.Pair;
import io.holdfast.cli.failback.Picture.Plan;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.failback.Picture.Vm;
import io.holdfast.cli.site.Lookup;
import io.holdfast.cli.site.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Asks both sites, and makes one picture of what they say. Reads only. */
public final class Looking {
    private static final String PLANS = "api/v1/plans";
    private static final String GROUPS = "api/v1/protection-groups";
    private static final Set<String> FAILOVERS = Set.of("UNPLANNED", "PLANNED", "MOVE");
    private static final Set<String> ENDED = Set.of("SUCCEEDED", "FAILED", "CANCELLED", "ROLLED_BACK", "RELEASED");
    /** Of a plan's runs, the newest: what came before them says nothing about now. */
    private static final int MOST_RUNS = 200;

    private final Sites sites;
    private final String plan;
    private final Optional<String> homePlan;
    private final Links homeLinks;
    private final Links awayLinks;

    /**
     * @param plan of the other site, name or id
     * @param homePlan name; empty = that of the plan
     */
    public Looking(Sites sites, String plan, Optional<String> homePlan, Links homeLinks, Links awayLinks) {
        this.sites = sites;
        this.plan = plan;
        this.homePlan = homePlan;
        this.homeLinks = homeLinks;
        this.awayLinks = awayLinks;
    }

    /** A group as its site shows it, with who owns its VMs. */
    private record Said(Group group, JsonNode members, JsonNode failover) {}

    /** @throws CommandFailure when a site does not answer, or has no such plan */
    public Picture look() {
        String planId = new Lookup(sites.away()).plan(plan);
        String name = sites.away().get(PLANS + "/" + planId).path("name").asText();
        String nameAtHome = homePlan.orElse(name);
        Optional<JsonNode> away = runs(sites.away(), planId).stream()
                .filter(run -> run.path("committed").asBoolean())
                .findFirst();
        Optional<JsonNode> planOfHome = sites.home().list(PLANS).stream()
                .filter(one -> one.path("name").asText().equals(nameAtHome))
                .findFirst();
        List<Said> there = away.stream()
                .flatMap(run -> run.path("groups").valueStream())
                .map(group -> said(sites.away(), group.path("pgId").asText()))
                .toList();
        List<List<Said>> here = there.stream().map(this::atHome).toList();
        Set<String> holders = here.stream()
                .flatMap(List::stream)
                .flatMap(one -> one.group().run().stream())
                .collect(Collectors.toSet());
        List<JsonNode> runsOfHome = planOfHome
                .map(one -> runs(sites.home(), one.path("id").asText()))
                .orElse(List.of());
        Optional<Run> homeRun = holders.isEmpty()
                ? runsOfHome.stream()
                        .filter(run -> !ENDED.contains(run.path("state").asText()))
                        .findFirst()
                        .map(Reading::run)
                : holders.stream()
                        .findFirst()
                        .map(id -> Reading.run(sites.home().get("api/v1/runs/" + id)));
        Optional<Run> awayRun = away.map(Reading::run);
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < there.size(); i++) {
            pairs.add(pair(there.get(i), here.get(i), awayRun.orElseThrow(), homeRun));
        }
        return new Picture(
                name,
                nameAtHome,
                awayRun,
                pairs,
                homeRun,
                holders.size(),
                planOfHome.map(one -> plan(one, runsOfHome)));
    }

    private static List<JsonNode> runs(Site site, String planId) {
        return site.list("api/v1/runs?planId=" + planId, MOST_RUNS).stream()
                .filter(run -> FAILOVERS.contains(run.path("mode").asText()))
                .toList();
    }

    private static Plan plan(JsonNode plan, List<JsonNode> runs) {
        List<JsonNode> ended = runs.stream()
                .filter(run -> ENDED.contains(run.path("state").asText()))
                .toList();
        return new Plan(
                plan.path("id").asText(),
                plan.path("name").asText(),
                plan.path("groups")
                        .valueStream()
                        .flatMap(group -> Reading.texts(group.path("pgIds")).stream())
                        .collect(Collectors.toSet()),
                ended.size(),
                ended.stream()
                        .findFirst()
                        .map(run -> Reading.run(run).failure())
                        .orElse(""));
    }

    private static Said said(Site site, String id) {
        JsonNode group = site.get(GROUPS + "/" + id);
        JsonNode failover = site.get(GROUPS + "/" + id + "/failover");
        return new Said(Reading.group(group, failover), group.path("vms"), failover);
    }

    /** Groups of home that have one of the VMs. */
    private List<Said> atHome(Said away) {
        return away.group().vms().stream()
                .flatMap(vm -> sites.home().list(GROUPS + "?vmId=" + vm).stream())
                .map(group -> group.path("id").asText())
                .distinct()
                .map(id -> said(sites.home(), id))
                .toList();
    }

    private Pair pair(Said away, List<Said> home, Run awayRun, Optional<Run> homeRun) {
        Optional<Said> atHome = home.stream().findFirst();
        Set<String> kept = atHome.filter(
                        one -> one.group().isState("PAUSED") && !one.group().history())
                .map(one -> keptVolumes(one.group().id()))
                .orElse(Set.of());
        List<Vm> vms = new ArrayList<>();
        for (JsonNode member : away.members()) {
            String id = member.path("id").asText();
            String name = member.path("name").asText();
            Optional<Machine> machineAway =
                    Optional.ofNullable(awayRun.machines().get(id));
            Optional<Machine> machineHome = homeRun.map(run -> run.machines().get(id));
            vms.add(new Vm(
                    id,
                    name,
                    at(sites.home(), homeLinks, id, name, machineHome, machineAway, atHome),
                    at(sites.away(), awayLinks, id, name, machineAway, machineHome, Optional.of(away)),
                    kept));
        }
        return new Pair(away.group(), home.stream().map(Said::group).toList(), vms);
    }

    private static AtSite at(
            Site site,
            Links links,
            String id,
            String name,
            Optional<Machine> machine,
            Optional<Machine> others,
            Optional<Said> group) {
        Optional<Attachment> attached = ifThere(site, "api/v1/vms/" + id).map(Reading::attachment);
        Optional<String> link = attached.isPresent() || others.isEmpty()
                ? Optional.empty()
                : links.of(id, name, others.map(Machine::hostId).filter(host -> !host.isEmpty()));
        JsonNode failover = group.map(Said::failover).orElse(MissingNode.getInstance());
        return new AtSite(attached, machine, link, Reading.ownership(failover, id));
    }

    private Set<String> keptVolumes(String group) {
        return ifThere(sites.home(), "api/v1/journals/" + group).isEmpty()
                ? Set.of()
                : sites.home().list("api/v1/journals/" + group + "/branches").stream()
                        .filter(branch -> branch.path("kind").asText().equals("OLD_DISK"))
                        .flatMap(branch -> Reading.texts(branch.path("volumeIds")).stream())
                        .collect(Collectors.toSet());
    }

    private static Optional<JsonNode> ifThere(Site site, String path) {
        try {
            return Optional.of(site.get(path));
        } catch (CommandFailure failure) {
            if (failure.exitCode() == ExitCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw failure;
        }
    }
}
