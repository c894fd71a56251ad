package io.holdfast.localsite.adapter.quarkus;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.localsite.adapter.pki.SiteCertificates;
import io.holdfast.localsite.identity.SiteIdentity;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.PortPlan;
import io.holdfast.localsite.plan.SiteDirectory;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServiceSettingsTest {
    private static final SiteIdentity IDENTITY = new SiteIdentity(SiteId.random(), HostId.random(), AgentId.random());
    private static final ServiceSettings SETTINGS = new ServiceSettings(
            IDENTITY,
            PortPlan.of(20000, Map.of()),
            new SiteDirectory(Path.of("/site")),
            service -> "password-of-" + service,
            files("router"),
            files("agent"),
            files("control"),
            List.of(Path.of("/disks/a"), Path.of("/disks/b")));

    private static SiteCertificates.Files files(String name) {
        return new SiteCertificates.Files(
                Path.of("/tls", name + ".crt"), Path.of("/tls", name + ".key"), Path.of("/tls/ca.crt"));
    }

    private static Properties parse(Map<String, String> settings) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(ServiceSettings.toProperties(settings)));
        return properties;
    }

    @Test
    void every_service_listens_on_a_loopback_port_of_its_own() {
        Set<String> ports = new HashSet<>();
        for (Part service : Part.services()) {
            Map<String, String> settings = SETTINGS.of(service);
            assertThat(settings).containsEntry("quarkus.http.host", "127.0.0.1");
            assertThat(ports.add(settings.get("quarkus.http.port"))).isTrue();
        }
    }

    @Test
    void only_the_database_services_get_a_database_and_each_its_own_user() {
        assertThat(SETTINGS.of(Part.PROTECTION_GROUP))
                .containsEntry("quarkus.datasource.username", "protection_group")
                .containsEntry("quarkus.datasource.password", "password-of-protection-group")
                .containsEntry(
                        "quarkus.datasource.jdbc.url",
                        "jdbc:postgresql://127.0.0.1:20012/holdfast?currentSchema=protection_group");
        assertThat(SETTINGS.of(Part.JOURNAL_STORE).keySet()).noneMatch(name -> name.startsWith("quarkus.datasource"));
    }

    @Test
    void the_agent_finds_the_router_where_the_router_listens() {
        String listens = SETTINGS.of(Part.REPLICATION_ROUTER).get("holdfast.router.listen-port");
        assertThat(SETTINGS.of(Part.REPLICATION_AGENT)).containsEntry("holdfast.agent.routers", "localhost:" + listens);
    }

    @Test
    void router_and_agent_present_different_keys_and_trust_the_same_authority() {
        Map<String, String> router = SETTINGS.of(Part.REPLICATION_ROUTER);
        Map<String, String> agent = SETTINGS.of(Part.REPLICATION_AGENT);
        assertThat(router.get("holdfast.tls.key")).isNotEqualTo(agent.get("holdfast.tls.key"));
        assertThat(router.get("holdfast.tls.trust")).isEqualTo(agent.get("holdfast.tls.trust"));
    }

    @Test
    void the_site_s_own_identity_towards_others_is_inventory_s_and_nobody_else_s() {
        assertThat(SETTINGS.of(Part.INVENTORY))
                .containsEntry("holdfast.pairing.certificate", "/tls/control.crt")
                .containsEntry("holdfast.pairing.authority", "/tls/ca.crt")
                .containsEntry("holdfast.pairing.listen-port", "20007")
                .containsEntry("holdfast.pairing.advertised-address", "127.0.0.1:20007");
        assertThat(Part.services().stream()
                        .filter(service -> service != Part.INVENTORY)
                        .flatMap(service -> SETTINGS.of(service).keySet().stream()))
                .noneMatch(name -> name.startsWith("holdfast.pairing."));
    }

    @Test
    void only_services_that_call_others_get_a_service_token() {
        assertThat(SETTINGS.of(Part.RECOVERY_PLAN)).containsKey("holdfast.security.service-token-file");
        assertThat(SETTINGS.of(Part.REPLICATION_ROUTER)).containsKey("holdfast.security.service-token-file");
        assertThat(SETTINGS.of(Part.REPLICATION_AGENT)).doesNotContainKey("holdfast.security.service-token-file");
    }

    @Test
    void the_written_file_reads_back_as_it_was() throws IOException {
        for (Part service : Part.services()) {
            Map<String, String> settings = SETTINGS.of(service);
            assertThat(parse(settings)).containsExactlyInAnyOrderEntriesOf(new LinkedHashMap<>(settings));
        }
    }

    @Test
    void any_text_survives_the_file() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            StringBuilder value = new StringBuilder();
            for (int index = random.nextInt(20); index > 0; index--) {
                value.append(" =:#!\\\n\r\tab/€ü,".charAt(random.nextInt(15)));
            }
            assertThat(parse(Map.of("name", value.toString())).getProperty("name"))
                    .as("seed %d", seed)
                    .isEqualTo(value.toString());
        }
    }

    @Test
    void an_expression_in_a_path_is_not_expanded() throws IOException {
        assertThat(parse(Map.of("name", "/a/${HOME}/b")).getProperty("name")).isEqualTo("/a/\\${HOME}/b");
    }
}
