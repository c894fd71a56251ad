package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.OpenPage;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An alert on a metric that nobody serves stays quiet for ever. Dashboard and rules are read as text: each metric with its matchers,
 * and each label that something is grouped or named by.
 */
@DisplayName("Every metric that dashboard and alerts use")
class MetricsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<String> SERVICES = List.of(
            "inventory",
            "protection-group",
            "recovery-plan",
            "replication-router",
            "journal-store",
            "replication-agent");

    /** Series that begin with an event which this test cannot order; each must stand in its service's source instead. */
    private static final Map<String, Path> BEGINS_WITH_A_FAULT = Map.of(
            "holdfast_router_checkpoints_discarded_total",
            Path.of(
                    "replication-router",
                    "src/main/java/io/holdfast/replicationrouter/adapter/quarkus/RouterMetrics.java"));

    /** Served by a site that relays to a further one, which this one does not: each must stand in the source, too. */
    private static final Pattern OF_A_RELAY = Pattern.compile("holdfast_relay_[a-z_]+");

    private static final Path RELAY_SOURCE =
            Path.of("journal-store", "src/main/java/io/holdfast/journalstore/adapter/metrics/JournalMeters.java");

    /** Served by a site that is paired with another one: likewise. */
    private static final String OF_A_PEER = "holdfast_peer_contact_age_seconds";

    private static final Path PEER_SOURCE =
            Path.of("inventory", "src/main/java/io/holdfast/inventory/adapter/quarkus/InventoryMeters.java");

    /** Labels that Prometheus itself adds, {@code le} aside, which histograms have. */
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance");
    /** No group here has a limit of bytes, none has grown for long enough to forecast it, and no scrub was due: NaN is the truth. */
    private static final Set<String> UNKNOWN_ON_A_NEW_SITE = Set.of(
            "holdfast_journal_size_limit_bytes",
            "holdfast_journal_full_in_seconds",
            "holdfast_journal_scrub_age_seconds");

    private static final Pattern SELECTOR =
            Pattern.compile("(?<![\\w.])((?:holdfast|jvm|process|system)_[a-z0-9_]+)(?:\\{([^{}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)(=~|=)\"([^\"]*)\"");
    private static final Pattern GROUPED = Pattern.compile("\\b(?:by|on) \\(([\\w, ]*)\\)");
    private static final Pattern SAMPLE = Pattern.compile("([a-z_][a-z0-9_]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    private record Series(Map<String, String> labels, double value) {}

    private record Used(String metric, Map<String, String> exactly, Map<String, String> matching) {}

    private static Map<String, List<Series>> served;

    @BeforeAll
    static void scrapesASiteThatHasDoneEverythingOnce() throws IOException {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 1, 0, 1024, 16);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "metrics", plan)) {
            load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(2), PATIENCE);
            testRecovery(load.machine().pgId());
            await(all -> hasSample(all, "holdfast_inventory_vms", "state", "ATTACHED")
                    && hasSample(
                            all, "holdfast_journal_state", "pg", load.machine().pgId())
                    && hasSample(
                            all,
                            "holdfast_captured_bytes",
                            "group",
                            load.machine().pgId())
                    && all.containsKey("holdfast_recovery_last_good_test_age_seconds"));
        }
    }

    @Test
    void is_served_with_the_labels_and_values_that_are_asked_for() throws IOException {
        Set<String> missing = new TreeSet<>();
        int checked = 0;
        for (Used used : used()) {
            Path source = sourceOfWhatIsNotServedHere(used.metric());
            if (source == null) {
                checked++;
                missing.addAll(missing(used));
            } else {
                assertThat(Files.readString(Path.of("..", "services").resolve(source)))
                        .contains("\"" + used.metric().replaceFirst("_total$", "") + "\"");
            }
        }

        assertThat(checked).isGreaterThan(80);
        assertThat(missing).as("used, but not served").isEmpty();
    }

    /** Null: a site that has done everything once serves it. */
    private static Path sourceOfWhatIsNotServedHere(String metric) {
        if (metric.equals(OF_A_PEER)) {
            return PEER_SOURCE;
        }
        return OF_A_RELAY.matcher(metric).matches() ? RELAY_SOURCE : BEGINS_WITH_A_FAULT.get(metric);
    }

    @Test
    void would_be_missed_if_its_name_a_label_or_a_value_were_wrong() {
        assertThat(missing(new Used("holdfast_no_such_bytes", Map.of(), Map.of())))
                .containsExactly("holdfast_no_such_bytes");
        assertThat(missing(new Used("holdfast_journal_state", Map.of("state", "FULL"), Map.of("pg", "$group"))))
                .containsExactly("holdfast_journal_state{state=\"FULL\"}");
        assertThat(missing(new Used("holdfast_journal_state", Map.of("state", "GAP"), Map.of("group", "$group"))))
                .containsExactly("holdfast_journal_state{group=~\"$group\"}");
    }

    @Test
    void has_the_labels_that_panels_and_alerts_group_by() throws IOException {
        Set<String> labels = new HashSet<>(OF_PROMETHEUS);
        assertThat(Files.readString(Path.of("..", "services").resolve(RELAY_SOURCE)))
                .contains(".tags(\"target\", target)");
        labels.add("target");
        assertThat(Files.readString(Path.of("..", "services").resolve(PEER_SOURCE)))
                .contains("Tags.of(\"site\",");
        labels.add("site");
        served.values()
                .forEach(all ->
                        all.forEach(series -> labels.addAll(series.labels().keySet())));
        Set<String> grouped = new TreeSet<>();
        for (String query : queries()) {
            GROUPED.matcher(query)
                    .results()
                    .forEach(found -> grouped.addAll(List.of(found.group(1).split(",\\s*"))));
        }

        assertThat(grouped).contains("pg", "name", "group", "reason").isSubsetOf(labels);
    }

    @Test
    void is_a_number_and_not_merely_a_name() throws IOException {
        Set<String> nowhereANumber = new TreeSet<>();
        for (Used used : used()) {
            List<Series> all = served.getOrDefault(used.metric(), List.of());
            if (!all.isEmpty() && all.stream().allMatch(series -> Double.isNaN(series.value()))) {
                nowhereANumber.add(used.metric());
            }
        }

        assertThat(nowhereANumber).isSubsetOf(UNKNOWN_ON_A_NEW_SITE);
    }

    /** A run of a plan, and with it a session: their series begin with the first one. */
    private static void testRecovery(String pgId) {
        ObjectNode plan = SiteClient.object().put("name", "metrics-" + pgId);
        ObjectNode group =
                plan.putArray("groups").addObject().put("name", "all").put("bootDelay", "PT0S");
        group.putArray("pgIds").add(pgId);
        group.putArray("dependsOn");
        group.putObject("readiness").put("type", "NBD_EXPORT").put("timeout", "PT30S");
        String planId = SITE.client().post("/api/v1/plans", plan).path("id").asText();
        ObjectNode order = SiteClient.object().put("mode", "TEST").put("expiresAfter", "PT1H");
        order.putObject("points").putObject(pgId).put("latest", true);
        JsonNode run = SITE.client().post("/api/v1/plans/" + planId + "/runs", order);
        String path = "/api/v1/runs/" + run.path("id").asText();
        SITE.client().await("the test is ready", PATIENCE, path, state("READY"));
        SITE.client().post(path + "/finish");
        SITE.client().await("the test is over", PATIENCE, path, state("SUCCEEDED"));
    }

    private static Predicate<JsonNode> state(String wanted) {
        return run -> run.path("state").asText().equals(wanted);
    }

    private static Set<String> missing(Used used) {
        List<Series> all = served.getOrDefault(used.metric(), List.of());
        Set<String> missing = new TreeSet<>();
        if (all.isEmpty()) {
            missing.add(used.metric());
        }
        used.exactly().forEach((label, value) -> {
            if (all.stream().noneMatch(series -> value.equals(series.labels().get(label)))) {
                missing.add(used.metric() + "{" + label + "=\"" + value + "\"}");
            }
        });
        used.matching().forEach((label, values) -> {
            for (String value : values.split("\\|")) {
                boolean variable = value.startsWith("$");
                if (all.stream()
                        .map(series -> series.labels().get(label))
                        .noneMatch(found -> found != null && (variable || value.equals(found)))) {
                    missing.add(used.metric() + "{" + label + "=~\"" + value + "\"}");
                }
            }
        });
        return missing;
    }

    private static List<Used> used() throws IOException {
        List<Used> used = new ArrayList<>();
        for (String query : queries()) {
            Matcher selector = SELECTOR.matcher(query);
            while (selector.find()) {
                Map<String, String> exactly = new HashMap<>();
                Map<String, String> matching = new HashMap<>();
                if (selector.group(2) != null) {
                    MATCHER.matcher(selector.group(2))
                            .results()
                            .forEach(found -> (found.group(2).equals("=") ? exactly : matching)
                                    .put(found.group(1), found.group(3)));
                }
                used.add(new Used(selector.group(1), exactly, matching));
            }
        }
        return used;
    }

    /** The dashboard's queries, and the rules' text without its comments. */
    private static List<String> queries() throws IOException {
        Path chart = Path.of("..", "helm", "holdfast");
        List<String> queries = new ArrayList<>();
        JsonNode dashboard =
                new ObjectMapper().readTree(Files.readString(chart.resolve(Path.of("dashboards", "holdfast.json"))));
        queries.addAll(dashboard.findValuesAsText("expr"));
        queries.addAll(dashboard.findValuesAsText("definition"));
        queries.add(Files.readString(chart.resolve(Path.of("alerts", "holdfast.rules.yaml")))
                .replaceAll("(?m)^\\s*#.*$", ""));
        return queries;
    }

    private static boolean hasSample(Map<String, List<Series>> all, String metric, String label, String value) {
        return all.getOrDefault(metric, List.of()).stream()
                .anyMatch(series -> value.equals(series.labels().get(label)) && !Double.isNaN(series.value()));
    }

    /** Some meters are counted every 15 s only. The client asks again and again; what it asks the site for does not matter. */
    private static void await(Predicate<Map<String, List<Series>>> complete) {
        SITE.client().await("every part serves what it has seen", PATIENCE, "/api/v1/hosts", ignored -> {
            served = scrape();
            return complete.test(served);
        });
    }

    private static Map<String, List<Series>> scrape() {
        Map<String, List<Series>> all = new HashMap<>();
        for (String service : SERVICES) {
            OpenPage.read(SITE.site().address().resolve("/metrics/" + service))
                    .text()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> add(line, all));
        }
        return all;
    }

    private static void add(String line, Map<String, List<Series>> all) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        Map<String, String> labels = new HashMap<>();
        if (sample.group(2) != null) {
            LABEL.matcher(sample.group(2)).results().forEach(found -> labels.put(found.group(1), found.group(2)));
        }
        double value = sample.group(3).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(sample.group(3));
        all.computeIfAbsent(sample.group(1), _ -> new ArrayList<>()).add(new Series(labels, value));
    }
}
