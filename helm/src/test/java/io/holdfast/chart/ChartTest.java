package io.holdfast.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

@DisplayName("The chart")
class ChartTest {
    /** Kinds of other projects' CRDs: no Java model here, so their strict parsing is left to those projects. */
    private static final Set<String> FOREIGN_KINDS = Set.of("Certificate", "PodMonitor", "PrometheusRule");

    private static final Set<String> SERVICES =
            Set.of("inventory", "protection-group", "recovery-plan", "replication-router", "journal-store");

    @Test
    void passes_helm_lint() {
        LintResult result = Chart.helm().lint().strict().call();

        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"site.id", "kafka.bootstrapServers", "postgresql.host", "auth.jwksUrl", "auth.issuer"})
    void says_which_value_is_missing(String key) {
        Map<String, String> values = new HashMap<>(Chart.REQUIRED);
        values.remove(key);

        assertThatThrownBy(() -> Chart.render(values)).hasMessageContaining(key + " is needed");
    }

    @ParameterizedTest
    @CsvSource({
        "site.id, not-a-uuid, id",
        "kafka.bootstrapServers, no-port, bootstrapServers",
        "auth.jwksUrl, http://plain.example/keys, jwksUrl",
        "router.service.type, ExternalName, type",
        "pairing.advertisedAddress, https://dr.example, advertisedAddress",
        "journalStore.replicas, 0, replicas",
        "journalStore.cacheSize, 256MB, cacheSize",
        "journalStore.exports.reserve, 1GB, reserve",
        "journalStore.exports.timeLimit, 0h, timeLimit",
        "agent.ringSize, 64, ringSize"
    })
    void refuses_values_outside_of_what_is_allowed(String key, String value, String named) {
        Map<String, String> values = new HashMap<>(Chart.REQUIRED);
        values.put(key, value);

        assertThatThrownBy(() -> Chart.render(values)).hasMessageContaining(named);
    }

    @Test
    void renders_objects_that_kubernetes_knows_to_the_last_field() {
        for (Map<String, String> values : List.of(Chart.REQUIRED, everything())) {
            assertThat(objects(values)).as("strictly parsed objects").hasSizeGreaterThan(15);
        }
    }

    @Test
    void would_not_get_away_with_a_misspelt_field() {
        String misspelt = Chart.render(Chart.REQUIRED).replace("readOnlyRootFilesystem:", "readOnlyRootFileSystem:");

        assertThatThrownBy(() -> parse(misspelt)).hasMessageContaining("readOnlyRootFileSystem");
    }

    @Test
    void deploys_each_service_and_the_journal_store_with_a_volume_of_its_own() {
        List<HasMetadata> objects = objects(Chart.REQUIRED);

        assertThat(workloads(objects)).containsOnlyKeys(SERVICES);
        StatefulSet journal = journalStore(Chart.REQUIRED);
        assertThat(journal.getSpec().getVolumeClaimTemplates()).hasSize(1);
        assertThat(only(journal.getSpec().getTemplate()).getVolumeMounts())
                .anySatisfy(mount -> assertThat(mount.getMountPath()).isEqualTo("/data"));
    }

    @Test
    void deploys_an_agent_to_every_node_only_when_asked() {
        assertThat(objects(Chart.REQUIRED)).noneMatch(DaemonSet.class::isInstance);

        Container agent =
                only(only(objects(everything()), DaemonSet.class).getSpec().getTemplate());
        assertThat(env(agent)).containsEntry("HOLDFAST_AGENT_DISK_ROOTS", "/var/lib/libvirt/images");
        assertThat(env(agent))
                .as("agents without routers of their own use the release's router")
                .containsEntry("HOLDFAST_AGENT_ROUTERS", "hf-replication-router.dr.svc:9443");
    }

    @Test
    void runs_everything_without_privileges_on_a_read_only_root() {
        workloads(objects(everything())).forEach((name, template) -> {
            Container container = only(template);
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .as(name)
                    .isFalse();
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .as(name)
                    .isTrue();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .as(name)
                    .containsExactly("ALL");
            assertThat(template.getSpec().getAutomountServiceAccountToken())
                    .as(name)
                    .isFalse();
            assertThat(container.getResources().getLimits()).as(name).containsKey("memory");
            assertThat(container.getReadinessProbe()).as(name).isNotNull();
            if (!name.equals("replication-agent")) {
                assertThat(template.getSpec().getSecurityContext().getRunAsNonRoot())
                        .as(name)
                        .isTrue();
            }
        });
    }

    @Test
    void points_every_service_at_pods_that_exist_and_every_port_at_a_named_port() {
        List<HasMetadata> objects = objects(everything());
        Map<String, PodTemplateSpec> workloads = workloads(objects);
        objects.stream()
                .filter(Service.class::isInstance)
                .map(Service.class::cast)
                .forEach(service -> {
                    PodTemplateSpec target = workloads.values().stream()
                            .filter(template -> template.getMetadata()
                                    .getLabels()
                                    .entrySet()
                                    .containsAll(service.getSpec().getSelector().entrySet()))
                            .findFirst()
                            .orElseThrow(() ->
                                    new AssertionError(service.getMetadata().getName() + " selects nothing"));
                    Set<String> ports = only(target).getPorts().stream()
                            .map(port -> port.getName())
                            .collect(Collectors.toSet());
                    service.getSpec().getPorts().forEach(port -> assertThat(ports)
                            .as(service.getMetadata().getName())
                            .contains(port.getTargetPort().getStrVal()));
                });
    }

    @Test
    void mounts_only_volumes_that_the_pod_has() {
        workloads(objects(everything())).forEach((name, template) -> {
            PodSpec pod = template.getSpec();
            Set<String> volumes =
                    pod.getVolumes().stream().map(v -> v.getName()).collect(Collectors.toSet());
            if (name.equals("journal-store")) {
                // From the claim templates.
                volumes.addAll(Set.of("data", "exports"));
            }
            only(template)
                    .getVolumeMounts()
                    .forEach(mount -> assertThat(volumes).as(name).contains(mount.getName()));
        });
    }

    @Test
    void has_a_containerfile_for_every_image_with_the_user_and_the_ports_of_its_pod() {
        workloads(objects(everything())).forEach((name, template) -> {
            String containerfile = read(Path.of("..", "services", name, "Containerfile"));
            Set<String> exposed = containerfile
                    .lines()
                    .filter(line -> line.startsWith("EXPOSE "))
                    .flatMap(line -> Stream.of(line.substring(7).split(" ")))
                    .collect(Collectors.toSet());

            assertThat(only(template).getImage()).isEqualTo("holdfast/" + name + ":0.1.0");
            assertThat(containerfile).as(name).contains("USER 10001:10001");
            assertThat(only(template).getPorts()).as(name).allSatisfy(port -> assertThat(exposed)
                    .contains(port.getContainerPort().toString()));
        });
    }

    @Test
    void writes_exports_to_a_volume_of_each_pod_or_to_a_folder_of_each_pod_on_a_shared_one() {
        assertThat(env(only(workloads(objects(Chart.REQUIRED)).get("journal-store"))))
                .as("switched off")
                .doesNotContainKey("HOLDFAST_JOURNAL_EXPORT_DIRECTORY");

        StatefulSet own = journalStore(everything());
        assertThat(own.getSpec().getVolumeClaimTemplates())
                .extracting(claim -> claim.getMetadata().getName())
                .containsExactly("data", "exports");
        assertThat(own.getSpec().getTemplate().getSpec().getVolumes())
                .noneMatch(volume -> volume.getName().equals("exports"));

        Map<String, String> values = everything();
        values.put("journalStore.exports.existingClaim", "images");
        StatefulSet shared = journalStore(values);
        assertThat(shared.getSpec().getVolumeClaimTemplates()).hasSize(1);
        assertThat(shared.getSpec().getTemplate().getSpec().getVolumes())
                .anySatisfy(volume -> assertThat(volume.getPersistentVolumeClaim())
                        .isNotNull()
                        .satisfies(claim -> assertThat(claim.getClaimName()).isEqualTo("images")));
        Container container = only(shared.getSpec().getTemplate());
        assertThat(env(container)).containsEntry("HOLDFAST_JOURNAL_EXPORT_DIRECTORY", "/exports/$(POD_NAME)");
        assertThat(container.getVolumeMounts())
                .anySatisfy(mount -> assertThat(mount.getMountPath()).isEqualTo("/exports"));
    }

    @Test
    void reads_files_of_checkpoints_only_when_an_image_that_can_was_chosen() {
        assertThat(env(only(workloads(objects(Chart.REQUIRED)).get("journal-store"))))
                .as("switched off")
                .doesNotContainKey("HOLDFAST_JOURNAL_FILES_DIRECTORY");

        Container container = only(journalStore(everything()).getSpec().getTemplate());
        assertThat(env(container))
                .containsEntry("HOLDFAST_JOURNAL_FILES_DIRECTORY", "/files/views")
                .containsEntry("HOLDFAST_JOURNAL_FILES_APPLIANCE", "/opt/appliance");
        assertThat(container.getVolumeMounts())
                .anySatisfy(mount -> assertThat(mount.getMountPath()).isEqualTo("/files"));
    }

    @Test
    void shows_every_pod_the_images_that_replicas_are_seeded_from_and_lets_none_change_them() {
        assertThat(env(only(workloads(objects(Chart.REQUIRED)).get("journal-store"))))
                .as("switched off")
                .doesNotContainKey("HOLDFAST_JOURNAL_SEED_FOLDER");

        Container container = only(journalStore(everything()).getSpec().getTemplate());
        assertThat(env(container)).containsEntry("HOLDFAST_JOURNAL_SEED_FOLDER", "/seeds");
        assertThat(container.getVolumeMounts()).anySatisfy(mount -> {
            assertThat(mount.getMountPath()).isEqualTo("/seeds");
            assertThat(mount.getReadOnly()).isTrue();
        });
    }

    @Test
    void opens_a_port_for_other_sites_only_when_asked_and_none_where_it_only_joins() {
        assertThat(workloads(objects(Chart.REQUIRED)).get("inventory").getSpec().getVolumes())
                .as("switched off")
                .hasSize(1);

        Container listening = only(workloads(objects(everything())).get("inventory"));
        assertThat(listening.getPorts()).extracting(port -> port.getName()).containsExactly("http", "peers");
        assertThat(env(listening))
                .containsEntry("HOLDFAST_PAIRING_ADVERTISED_ADDRESS", "peers.dr.example:9444")
                .containsEntry("HOLDFAST_PAIRING_AUTHORITY", "/etc/holdfast/control-tls/ca.crt");
        assertThat(portsLetIn("inventory", everything())).containsExactly(8080, 9444);
        assertThat(Chart.render(everything()))
                .contains("spiffe://holdfast/site/%s/control".formatted(Chart.REQUIRED.get("site.id")));

        Map<String, String> behindNat = everything();
        behindNat.put("pairing.listen", "false");
        assertThat(portsLetIn("inventory", behindNat)).containsExactly(8080);
        assertThat(objects(behindNat))
                .noneMatch(object -> object.getMetadata().getName().endsWith("-peers"));
        assertThat(env(only(workloads(objects(behindNat)).get("inventory"))))
                .containsEntry("HOLDFAST_PAIRING_LISTEN", "false")
                .containsKey("HOLDFAST_PAIRING_CERTIFICATE");
    }

    private static List<Integer> portsLetIn(String part, Map<String, String> values) {
        return objects(values).stream()
                .filter(NetworkPolicy.class::isInstance)
                .map(NetworkPolicy.class::cast)
                .filter(policy -> policy.getMetadata().getName().equals("hf-" + part))
                .flatMap(policy -> policy.getSpec().getIngress().stream())
                .flatMap(rule -> rule.getPorts().stream())
                .map(port -> port.getPort().getIntVal())
                .toList();
    }

    private static StatefulSet journalStore(Map<String, String> values) {
        return objects(values).stream()
                .filter(StatefulSet.class::isInstance)
                .map(StatefulSet.class::cast)
                .filter(set -> set.getMetadata().getName().endsWith("journal-store"))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"journal-store", "replication-agent"})
    void has_the_programs_in_the_image_that_the_service_starts(String service) {
        assertThat(read(Path.of("..", "services", service, "Containerfile")))
                .containsPattern("apt-get install .*qemu-utils");
    }

    @Test
    void asks_for_health_where_every_service_answers() {
        workloads(objects(everything())).forEach((name, template) -> {
            Container container = only(template);
            assertThat(container.getStartupProbe().getHttpGet().getPath()).isEqualTo("/q/health/started");
            assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/q/health/live");
            assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/q/health/ready");
            assertThat(ServiceSettings.of(name).extensions())
                    .as("%s: what answers there, and at /q/metrics", name)
                    .contains("quarkus-smallrye-health", "quarkus-micrometer-registry-prometheus");
        });
    }

    @Test
    void says_where_metrics_are_in_one_way_at_a_time() {
        workloads(objects(Chart.REQUIRED))
                .forEach((name, template) -> assertThat(template.getMetadata().getAnnotations())
                        .as(name)
                        .containsEntry("prometheus.io/path", "/q/metrics")
                        .containsEntry("prometheus.io/port", "8080"));
        workloads(objects(everything()))
                .forEach((name, template) -> assertThat(template.getMetadata().getAnnotations())
                        .as("%s, with a PodMonitor", name)
                        .isNullOrEmpty());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    static Map<String, String> everything() {
        Map<String, String> values = new HashMap<>(Chart.REQUIRED);
        values.putAll(Chart.EVERYTHING);
        return values;
    }

    static Map<String, String> env(Container container) {
        return container.getEnv().stream()
                .filter(variable -> variable.getValue() != null)
                .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
    }

    /** By the name of the part. */
    static Map<String, PodTemplateSpec> workloads(List<HasMetadata> objects) {
        Map<String, PodTemplateSpec> templates = new HashMap<>();
        for (HasMetadata object : objects) {
            PodTemplateSpec template =
                    switch (object) {
                        case Deployment deployment -> deployment.getSpec().getTemplate();
                        case StatefulSet set -> set.getSpec().getTemplate();
                        case DaemonSet set -> set.getSpec().getTemplate();
                        default -> null;
                    };
            if (template != null) {
                templates.put(object.getMetadata().getLabels().get("app.kubernetes.io/name"), template);
            }
        }
        return templates;
    }

    static Container only(PodTemplateSpec template) {
        assertThat(template.getSpec().getContainers()).hasSize(1);
        return template.getSpec().getContainers().getFirst();
    }

    private static <T> T only(List<HasMetadata> objects, Class<T> type) {
        List<T> found =
                objects.stream().filter(type::isInstance).map(type::cast).toList();
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    /** Every rendered object of a Kubernetes kind; a field that the kind does not have fails the test. */
    static List<HasMetadata> objects(Map<String, String> values) {
        return parse(Chart.render(values));
    }

    static List<HasMetadata> parse(String documents) {
        ObjectMapper strict = new ObjectMapper();
        KubernetesSerialization kinds = new KubernetesSerialization(strict, true);
        strict.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        // The model's classes collect what they do not know; here that must fail instead.
        strict.setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
            @Override
            public Boolean hasAnySetter(Annotated member) {
                return false;
            }
        });
        List<HasMetadata> objects = new ArrayList<>();
        for (Object document : new Yaml().loadAll(documents)) {
            if (document instanceof Map<?, ?> map && !FOREIGN_KINDS.contains(map.get("kind"))) {
                Class<?> kind =
                        kinds.getRegisteredKubernetesResource((String) map.get("apiVersion"), (String) map.get("kind"));
                assertThat(kind).as("a kind of Kubernetes: %s", map.get("kind")).isNotNull();
                objects.add((HasMetadata) strict.convertValue(map, kind));
            }
        }
        return objects;
    }
}
