package io.holdfast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** {@code -Dk8s.refresh=true} writes the files anew instead of comparing them. */
@DisplayName("The plain manifests")
class ManifestsTest {
    private static final Path K8S = Path.of("..", "k8s");
    private static final Path MANIFESTS = K8S.resolve("manifests");
    private static final Path SECRETS = K8S.resolve(Path.of("examples", "secrets.example.yaml"));
    private static final String NAMESPACE_FILE = "00-namespace.yaml";
    private static final String POLICIES_FILE = "10-network-policies.yaml";

    /** By the label {@code app.kubernetes.io/name}: data plane before control plane, as it works without. */
    private static final Map<String, String> FILES = Map.of(
            "journal-store", "20-journal-store.yaml",
            "replication-router", "30-replication-router.yaml",
            "inventory", "40-inventory.yaml",
            "protection-group", "41-protection-group.yaml",
            "recovery-plan", "42-recovery-plan.yaml",
            "ingress", "50-ingress.yaml",
            "replication-agent", "60-replication-agent.yaml",
            "monitoring", "70-monitoring.yaml");

    private static final String HEAD = """
            # Rendered from helm/holdfast with k8s/values.yaml. Do not edit; k8s/README.md says what to edit instead.
            """;

    private static final Pattern SECRET_NAME = Pattern.compile(
            "(?:secretName: |secretRef:\\s+name: |secretKeyRef: \\{name: |secret: \\{secretName: )\"?([a-z0-9-]+)");

    @Test
    void are_the_chart_rendered_with_the_example_values() throws IOException {
        Map<String, String> wanted = rendered();
        if (Boolean.getBoolean("k8s.refresh")) {
            for (Map.Entry<String, String> file : wanted.entrySet()) {
                Files.writeString(MANIFESTS.resolve(file.getKey()), file.getValue());
            }
        }
        Set<String> names = new TreeSet<>(wanted.keySet());
        names.add(NAMESPACE_FILE);

        assertThat(fileNames()).as("files of k8s/manifests").isEqualTo(names);
        for (Map.Entry<String, String> file : wanted.entrySet()) {
            assertThat(Files.readString(MANIFESTS.resolve(file.getKey())))
                    .as("k8s/manifests/%s is out of date; run this test with -Dk8s.refresh=true", file.getKey())
                    .isEqualTo(file.getValue());
        }
    }

    @Test
    void are_objects_that_kubernetes_knows() throws IOException {
        int objects = 0;
        for (String name : fileNames()) {
            objects +=
                    ChartTest.parse(Files.readString(MANIFESTS.resolve(name))).size();
        }
        assertThat(objects).isGreaterThan(25);
    }

    @Test
    void name_only_secrets_that_the_example_has_and_all_of_them() throws IOException {
        Set<String> named = new TreeSet<>();
        for (String name : fileNames()) {
            SECRET_NAME
                    .matcher(Files.readString(MANIFESTS.resolve(name)))
                    .results()
                    .forEach(found -> named.add(found.group(1)));
        }
        Set<String> examples = ChartTest.parse(Files.readString(SECRETS)).stream()
                .map(secret -> secret.getMetadata().getName())
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(named).hasSize(7).isEqualTo(examples);
        for (Object secret : new Yaml().loadAll(Files.readString(SECRETS))) {
            assertThat(((Map<?, ?>) secret).get("stringData").toString())
                    .as("an obvious placeholder")
                    .contains("CHANGE-ME");
        }
    }

    @Test
    void are_all_listed_in_the_readme() throws IOException {
        assertThat(Files.readString(K8S.resolve("README.md"))).contains(fileNames());
    }

    /** Content by file name. */
    private static Map<String, String> rendered() {
        String all = Chart.helm()
                .template()
                .withName("holdfast")
                .withNamespace("holdfast")
                .withKubeVersion("1.31.0")
                .withValuesFile(K8S.resolve("values.yaml"))
                .call();
        Map<String, List<String>> documents = new TreeMap<>();
        for (String text : all.split("(?m)^---\\s*$")) {
            String document = text.replaceAll("(?m)^# Source: .*\\n", "").strip();
            if (document.lines().anyMatch(line -> !line.isBlank() && !line.startsWith("#"))) {
                documents
                        .computeIfAbsent(fileOf(document), _ -> new ArrayList<>())
                        .add(document.replaceAll("(?m)[ \\t]+$", "") + "\n");
            }
        }
        Map<String, String> files = new TreeMap<>();
        documents.forEach((name, parts) -> files.put(name, HEAD + "---\n" + String.join("---\n", parts)));
        return files;
    }

    private static String fileOf(String document) {
        Map<?, ?> object = new Yaml().load(document);
        if ("NetworkPolicy".equals(object.get("kind"))) {
            return POLICIES_FILE;
        }
        Map<?, ?> labels = (Map<?, ?>) ((Map<?, ?>) object.get("metadata")).get("labels");
        String role = (String) labels.get("app.kubernetes.io/name");
        assertThat(FILES).as("a file for the role of %s", object.get("kind")).containsKey(role);
        return FILES.get(role);
    }

    private static Set<String> fileNames() throws IOException {
        try (Stream<Path> files = Files.list(MANIFESTS)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
