package io.holdfast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Its metrics are compared with those of running services in e2e-tests (MetricsIT). */
@DisplayName("The dashboard")
class DashboardTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FILE = Chart.FOLDER.resolve(Path.of("dashboards", "holdfast.json"));

    /** The schema that Grafana 10.0 wrote; newer ones read it. */
    private static final int GRAFANA_10 = 38;

    @Test
    void is_of_grafana_10_or_later_and_leaves_the_choice_of_the_prometheus_to_its_reader() throws IOException {
        JsonNode dashboard = dashboard();

        assertThat(dashboard.path("schemaVersion").asInt()).isGreaterThanOrEqualTo(GRAFANA_10);
        assertThat(dashboard.path("uid").asText()).isEqualTo("holdfast");
        assertThat(dashboard.at("/templating/list/0/type").asText()).isEqualTo("datasource");
        assertThat(dashboard.findValues("datasource"))
                .isNotEmpty()
                .allSatisfy(source -> assertThat(source.path("uid").asText()).isEqualTo("${datasource}"));
    }

    @Test
    void has_panels_that_neither_share_an_id_nor_cover_each_other() throws IOException {
        Set<Integer> ids = new HashSet<>();
        Set<List<Integer>> cells = new HashSet<>();
        for (JsonNode panel : dashboard().path("panels")) {
            String title = panel.path("title").asText();
            assertThat(ids.add(panel.path("id").asInt())).as("id of %s", title).isTrue();
            JsonNode place = panel.path("gridPos");
            assertThat(place.path("x").asInt() + place.path("w").asInt())
                    .as(title)
                    .isBetween(1, 24);
            for (int x = 0; x < place.path("w").asInt(); x++) {
                for (int y = 0; y < place.path("h").asInt(); y++) {
                    assertThat(cells.add(List.of(
                                    place.path("x").asInt() + x, place.path("y").asInt() + y)))
                            .as("place of %s", title)
                            .isTrue();
                }
            }
        }
        assertThat(ids).hasSizeGreaterThan(40);
    }

    @Test
    void asks_only_what_prometheus_understands(@TempDir Path folder) throws Exception {
        StringBuilder rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
        int number = 0;
        for (String query : queries()) {
            String complete = query.replace("$group", ".*").replace("$__rate_interval", "1m");
            rules.append("  - record: panel:%d\n    expr: %s\n".formatted(number++, JSON.writeValueAsString(complete)));
        }
        Path file = Files.writeString(folder.resolve("dashboard.rules.yaml"), rules);

        Promtool.Answer answer = Promtool.run("check", "rules", file.toString());

        assertThat(number).isGreaterThan(50);
        assertThat(answer.passed()).as(answer.output()).isTrue();
    }

    @Test
    void is_in_the_config_map_that_grafana_s_sidecar_finds() throws IOException {
        List<ConfigMap> maps = ChartTest.objects(Chart.REQUIRED).stream()
                .filter(ConfigMap.class::isInstance)
                .map(ConfigMap.class::cast)
                .toList();

        assertThat(maps).hasSize(1);
        assertThat(maps.getFirst().getMetadata().getLabels()).containsEntry("grafana_dashboard", "1");
        assertThat(JSON.readTree(maps.getFirst().getData().get("holdfast.json")))
                .isEqualTo(dashboard());
    }

    private static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        dashboard().path("panels").forEach(panel -> panel.path("targets")
                .forEach(target -> queries.add(target.path("expr").asText())));
        return queries;
    }

    private static JsonNode dashboard() throws IOException {
        return JSON.readTree(Files.readString(FILE));
    }
}
