package io.holdfast.chart;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.nio.file.Path;
import java.util.Map;

/** The chart of this repository, rendered by Helm's own code. */
final class Chart {
    static final Path FOLDER = Path.of("holdfast");

    /** What an operator must give: the chart has no default for it. */
    static final Map<String, String> REQUIRED = Map.of(
            "site.id", "6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10",
            "kafka.bootstrapServers", "kafka.example:9092",
            "postgresql.host", "postgres.example",
            "auth.jwksUrl", "https://id.example/keys",
            "auth.issuer", "https://id.example");

    /** Everything that can be switched on. */
    static final Map<String, String> EVERYTHING = Map.ofEntries(
            Map.entry("agent.enabled", "true"),
            Map.entry("ingress.enabled", "true"),
            Map.entry("ingress.host", "holdfast.example"),
            Map.entry("ingress.tlsSecret", "holdfast-tls"),
            Map.entry("tls.certManager.enabled", "true"),
            Map.entry("pairing.enabled", "true"),
            Map.entry("pairing.advertisedAddress", "peers.dr.example:9444"),
            Map.entry("monitoring.podMonitor", "true"),
            Map.entry("monitoring.alerts", "true"),
            Map.entry("kafka.propertiesSecret", "kafka-login"),
            Map.entry("recoveryPlan.dns.servers.paris.address", "ns1.dr.example"),
            Map.entry("recoveryPlan.dns.servers.paris.zones[0]", "apps.dr.example"),
            Map.entry("recoveryPlan.dns.servers.paris.keyName", "holdfast"),
            Map.entry("recoveryPlan.dns.servers.paris.secret", "dns-paris"),
            Map.entry("journalStore.replicas", "3"),
            Map.entry("journalStore.exports.enabled", "true"),
            Map.entry("journalStore.files.enabled", "true"),
            Map.entry("journalStore.files.appliance", "/opt/appliance"),
            Map.entry("journalStore.seeds.existingClaim", "golden-images"));

    private Chart() {}

    static Helm helm() {
        return new Helm(FOLDER);
    }

    static String render(Map<String, String> values) {
        TemplateCommand command =
                helm().template().withName("hf").withNamespace("dr").withKubeVersion("1.31.0");
        values.forEach(command::set);
        return command.call();
    }
}
