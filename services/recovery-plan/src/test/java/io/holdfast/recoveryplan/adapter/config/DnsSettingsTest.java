package io.holdfast.recoveryplan.adapter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.recoveryplan.adapter.dns.DnsServers;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** As the chart gives them: names of servers are parts of variables. */
@DisplayName("The settings of name servers")
class DnsSettingsTest {
    private static final String PREFIX = "HOLDFAST_RECOVERY_PLAN_DNS_SERVERS_PARIS_";

    private static RecoveryPlanSettings.Dns read(Map<String, String> variables) {
        Map<String, String> all = new HashMap<>(variables);
        all.put("HOLDFAST_RECOVERY_PLAN_JOURNAL_STORE_URL", "http://localhost");
        return new SmallRyeConfigBuilder()
                .withMapping(RecoveryPlanSettings.class)
                .withSources(new EnvConfigSource(all, 300))
                .addDiscoveredConverters()
                .build()
                .getConfigMapping(RecoveryPlanSettings.class)
                .dns();
    }

    private static Map<String, String> paris(String zones) {
        return Map.of(
                PREFIX + "ADDRESS", "ns1.example.org",
                PREFIX + "ZONES", zones,
                PREFIX + "KEY_NAME", "holdfast",
                PREFIX + "ALGORITHM", "HMAC_SHA512",
                PREFIX + "SECRET_FILE", "/etc/holdfast/dns/paris/key");
    }

    @Test
    void canBeGivenInTheEnvironment() {
        RecoveryPlanSettings.Dns dns = read(paris("apps.example.org,2.0.192.in-addr.arpa"));

        assertThat(dns.servers()).containsOnlyKeys("paris");
        RecoveryPlanSettings.Server paris = dns.servers().get("paris");
        assertThat(paris.port()).isEqualTo(53);
        assertThat(paris.zones()).isEqualTo(List.of("apps.example.org", "2.0.192.in-addr.arpa"));
        assertThat(paris.algorithm()).isEqualTo(RecoveryPlanSettings.KeyAlgorithm.HMAC_SHA512);
        assertThat(paris.secretFile()).isEqualTo(Path.of("/etc/holdfast/dns/paris/key"));
        DnsZones zones = DnsServers.zones(dns, Clock.systemUTC());
        assertThat(zones.obstacle(new RecordSet("paris", "app.apps.example.org", RecordType.A)))
                .as("the file is not there")
                .hasValueSatisfying(why -> assertThat(why).contains("secret of key 'holdfast'"));
    }

    @Test
    void areNoneUnlessTheyAreGiven() {
        assertThat(read(Map.of()).servers()).isEmpty();
    }

    @Test
    void areRefusedWithAZoneThatIsNone() {
        assertThatThrownBy(() -> DnsServers.zones(read(paris("apps example")), Clock.systemUTC()))
                .hasMessageContaining("holdfast.recovery-plan.dns.servers.paris.zones");
    }
}
