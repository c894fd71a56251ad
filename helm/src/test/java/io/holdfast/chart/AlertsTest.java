package io.holdfast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

@DisplayName("The alert rules")
class AlertsTest {
    private static final Path RULES = Chart.FOLDER.resolve(Path.of("alerts", "holdfast.rules.yaml"));
    private static final Path CASES = Path.of("src", "test", "promtool");
    private static final Path PAGE = Path.of("..", "docs", "monitoring.md");

    @Test
    void are_accepted_by_prometheus() throws Exception {
        Promtool.Answer answer = Promtool.run("check", "rules", RULES.toString());

        assertThat(answer.passed()).as(answer.output()).isTrue();
    }

    @Test
    void fire_when_they_should_and_only_then() throws Exception {
        List<String> arguments = new ArrayList<>(List.of("test", "rules"));
        cases().forEach(file -> arguments.add(file.toString()));

        Promtool.Answer answer = Promtool.run(arguments.toArray(String[]::new));

        assertThat(arguments).hasSizeGreaterThan(2);
        assertThat(answer.passed()).as(answer.output()).isTrue();
    }

    @Test
    void would_not_get_away_with_a_threshold_that_is_wrong(@TempDir Path folder) throws Exception {
        String wrong = Files.readString(RULES).replace("> 0.75", "> 0.95");
        Files.writeString(folder.resolve("wrong.rules.yaml"), wrong);
        String test = Files.readString(CASES.resolve("parts.test.yaml"))
                .replaceFirst("rule_files: .*", "rule_files: [wrong.rules.yaml]");
        Path file = Files.writeString(folder.resolve("wrong.test.yaml"), test);

        Promtool.Answer answer = Promtool.run("test", "rules", file.toString());

        assertThat(answer.passed()).isFalse();
        assertThat(answer.output()).contains("HoldfastJournalNearlyFull");
    }

    @Test
    void say_how_urgent_they_are_and_where_to_look_next() throws IOException {
        assertThat(rules()).hasSizeGreaterThan(20).allSatisfy((alert, rule) -> {
            assertThat(map(rule.get("labels")).get("severity")).as(alert).isIn("critical", "warning", "info");
            assertThat(map(rule.get("annotations")).keySet())
                    .as(alert)
                    .isEqualTo(Set.of("summary", "description", "next"));
        });
    }

    @Test
    void are_each_tried_in_a_case_and_explained_on_the_page() throws IOException {
        StringBuilder tried = new StringBuilder();
        for (Path file : cases()) {
            tried.append(Files.readString(file));
        }
        List<String> headings = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("### "))
                .toList();

        assertThat(rules().keySet()).allSatisfy(alert -> {
            assertThat(tried).containsPattern("\\b" + alert + "\\b");
            assertThat(headings).as("docs/monitoring.md").contains("### " + alert);
        });
        assertThat(headings).as("alerts of the page that exist").allSatisfy(heading -> assertThat(rules())
                .containsKey(heading.substring(4)));
    }

    @Test
    void are_the_spec_of_the_prometheus_rule() throws IOException {
        Object rendered = null;
        for (Object document : new Yaml().loadAll(Chart.render(ChartTest.everything()))) {
            if (document instanceof Map<?, ?> object && "PrometheusRule".equals(object.get("kind"))) {
                rendered = object.get("spec");
            }
        }

        assertThat(rendered).isEqualTo(new Yaml().load(Files.readString(RULES)));
    }

    private static List<Path> cases() throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.filter(file -> file.toString().endsWith(".test.yaml"))
                    .sorted()
                    .toList();
        }
    }

    /** By name, in a map: two of one name would be one, and their number is asserted. */
    private static Map<String, Map<?, ?>> rules() throws IOException {
        Map<String, Map<?, ?>> rules = new HashMap<>();
        for (Object group :
                (List<?>) map(new Yaml().load(Files.readString(RULES))).get("groups")) {
            for (Object rule : (List<?>) map(group).get("rules")) {
                String name = (String) map(rule).get("alert");
                assertThat(rules.put(name, map(rule))).as("a second %s", name).isNull();
            }
        }
        assertThat(new TreeSet<>(rules.keySet())).allMatch(name -> name.startsWith("Holdfast"));
        return rules;
    }

    private static Map<?, ?> map(Object value) {
        return (Map<?, ?>) value;
    }
}
