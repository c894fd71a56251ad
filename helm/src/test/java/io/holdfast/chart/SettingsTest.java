package io.holdfast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A setting that nobody reads is worse than none: an operator believes in it. */
@DisplayName("The chart's settings")
class SettingsTest {
    private static final Pattern SETTING = Pattern.compile("(HOLDFAST|QUARKUS|KAFKA|MP|SMALLRYE)_.*");

    /** Given to the agent in a file of its node, as they differ between nodes. */
    private static final Set<String> OF_THE_NODE = Set.of("holdfast.agent.id", "holdfast.agent.host-id");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inventory",
                "protection-group",
                "recovery-plan",
                "replication-router",
                "journal-store",
                "replication-agent"
            })
    void are_read_by_the_service_that_gets_them_and_leave_out_none_that_it_needs(String service) {
        ServiceSettings settings = ServiceSettings.of(service);
        Set<String> given = variables(service);

        assertThat(given)
                .filteredOn(name -> !settings.reads(name))
                .as("%s reads these", service)
                .isEmpty();
        assertThat(settings.required())
                .filteredOn(name -> !given.contains(ServiceSettings.variable(name)))
                .as("%s does not start without these", service)
                .isEmpty();
    }

    @Test
    void would_not_get_away_with_a_name_that_no_service_reads() {
        ServiceSettings journal = ServiceSettings.of("journal-store");

        assertThat(journal.reads("HOLDFAST_JOURNAL_CACHE_SIZE")).isTrue();
        assertThat(journal.reads("HOLDFAST_JOURNAL_BLOCK_CACHE")).isFalse();
        assertThat(journal.reads("QUARKUS_DATASOURCE_JDBC_URL"))
                .as("no database")
                .isFalse();
        assertThat(journal.required()).contains("holdfast.journal.data-directory");
        assertThat(journal.reads("HOLDFAST_RELAY_TARGETS_PARIS_ROUTERS")).isTrue();
        assertThat(journal.reads("HOLDFAST_RELAY_TARGETS_PARIS_ROUTES")).isFalse();
        assertThat(ServiceSettings.of("replication-router").reads("HOLDFAST_ROUTER_LINK_WINDOWS_0__FROM"))
                .isTrue();
    }

    @Test
    void give_each_node_s_agent_an_identity_of_its_own() {
        assertThat(ServiceSettings.of("replication-agent").names()).containsAll(OF_THE_NODE);

        Container agent = container("replication-agent");
        assertThat(ChartTest.env(agent))
                .as("a value in the DaemonSet would be the same on every node")
                .doesNotContainKeys("HOLDFAST_AGENT_ID", "HOLDFAST_AGENT_HOST_ID");
        String file = ChartTest.env(agent).get("SMALLRYE_CONFIG_LOCATIONS");
        assertThat(agent.getVolumeMounts())
                .anySatisfy(mount -> assertThat(mount.getMountPath()).isEqualTo(file));
    }

    @Test
    void tell_every_user_of_kafka_how_many_journal_pods_there_are() {
        Set<String> users = ChartTest.workloads(ChartTest.objects(ChartTest.everything())).keySet().stream()
                .filter(name -> !name.equals("replication-agent"))
                .collect(Collectors.toSet());

        assertThat(users).hasSize(5).allSatisfy(name -> assertThat(ChartTest.env(container(name)))
                .containsEntry("HOLDFAST_KAFKA_JOURNAL_PODS", "3"));
    }

    @Test
    void never_give_two_routers_the_same_address() {
        Map<String, String> values = new HashMap<>(Chart.REQUIRED);
        values.put("router.replicas", "2");
        values.put("router.advertisedAddress", "router.example:9443");

        org.assertj.core.api.Assertions.assertThatThrownBy(() -> Chart.render(values))
                .hasMessageContaining("$(POD_INDEX)");

        values.put("router.advertisedAddress", "router-$(POD_INDEX).example:9443");
        List<StatefulSet> routers = ChartTest.objects(values).stream()
                .filter(StatefulSet.class::isInstance)
                .map(StatefulSet.class::cast)
                .filter(set -> set.getMetadata().getName().endsWith("replication-router"))
                .toList();
        assertThat(routers).hasSize(1);
        List<EnvVar> env =
                ChartTest.only(routers.getFirst().getSpec().getTemplate()).getEnv();
        assertThat(env.stream().map(EnvVar::getName).toList())
                .as("kubelet expands a variable only below its definition")
                .containsSubsequence("POD_INDEX", "HOLDFAST_ROUTER_ADVERTISED_ADDRESS");
    }

    private static Container container(String service) {
        return ChartTest.only(
                ChartTest.workloads(ChartTest.objects(ChartTest.everything())).get(service));
    }

    private static Set<String> variables(String service) {
        return container(service).getEnv().stream()
                .map(EnvVar::getName)
                .filter(name -> SETTING.matcher(name).matches())
                .collect(Collectors.toSet());
    }
}
