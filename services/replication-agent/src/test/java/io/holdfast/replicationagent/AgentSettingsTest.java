package io.holdfast.replicationagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.Dscp;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.ownership.RestartRule;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentSettingsTest {
    private static Map<String, String> least() {
        Map<String, String> settings = new HashMap<>();
        settings.put("holdfast.site.id", SiteId.random().toString());
        settings.put("holdfast.agent.state-directory", "/var/lib/holdfast/agent");
        settings.put("holdfast.agent.routers", "a:9443,b:9443");
        settings.put("holdfast.agent.disk-roots", "/var/lib/vms,/dev/mapper");
        settings.put("holdfast.tls.certificate", "/etc/holdfast/agent.crt");
        settings.put("holdfast.tls.key", "/etc/holdfast/agent.key");
        settings.put("holdfast.tls.trust", "/etc/holdfast/ca.crt");
        return settings;
    }

    private static AgentSettings parse(Map<String, String> values) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withMapping(AgentConfig.class)
                .withMapping(SiteConfig.class)
                .withMapping(TlsConfig.class)
                .withSources(new io.smallrye.config.PropertiesConfigSource(values, "test", 100))
                // As Quarkus reads durations: 20ms, 10s.
                .withConverter(Duration.class, 200, new io.quarkus.runtime.configuration.DurationConverter())
                .build();
        return AgentLifecycle.settings(
                config.getConfigMapping(AgentConfig.class),
                config.getConfigMapping(SiteConfig.class),
                config.getConfigMapping(TlsConfig.class));
    }

    @Test
    void theDefaultsAreTheDocumentedOnes() {
        AgentSettings settings = parse(least());

        assertThat(settings.ringSize().toString()).isEqualTo("64MiB");
        assertThat(settings.batchSize().toString()).isEqualTo("1MiB");
        assertThat(settings.nbdPort()).isEqualTo(10_809);
        assertThat(settings.nbdBindAddress()).isEqualTo("127.0.0.1");
        assertThat(settings.link().linger()).isEqualTo(Duration.ofMillis(20));
        assertThat(settings.link().mostBackoff()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.intentSettleInterval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.stopTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.agent()).isEmpty();
        assertThat(settings.routers()).hasSize(2);
        assertThat(settings.diskRoots()).containsExactly(Path.of("/var/lib/vms"), Path.of("/dev/mapper"));
    }

    @Test
    void whatRunsMachinesIsChosenByNameWithSettingsOfItsOwn() {
        assertThat(parse(least()).machines().hypervisor()).isEqualTo(new Hypervisor.Qemu("qemu-system-x86_64"));
        Map<String, String> values = least();
        values.put("holdfast.agent.machines.hypervisor", "LIBVIRT");
        assertThat(parse(values).machines().hypervisor()).isEqualTo(new Hypervisor.Libvirt("qemu:///system"));
        values.put("holdfast.agent.machines.hypervisor", "KUBEVIRT");
        values.put("holdfast.agent.machines.kubernetes-node", "node-7");
        assertThat(parse(values).machines().hypervisor())
                .isEqualTo(new Hypervisor.KubeVirt(
                        URI.create("https://kubernetes.default.svc"),
                        Path.of("/var/run/secrets/kubernetes.io/serviceaccount"),
                        "holdfast-machines",
                        "node-7"));

        for (Map.Entry<String, String> wrong : Map.of(
                        "hypervisor", "libvirt",
                        "kubernetes-namespace", "a/b",
                        "kubernetes-url", "https://host name")
                .entrySet()) {
            Map<String, String> bad = new HashMap<>(values);
            bad.put("holdfast.agent.machines." + wrong.getKey(), wrong.getValue());
            assertThatThrownBy(() -> parse(bad))
                    .as(wrong.toString())
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.getMessage())
                            .contains(wrong.getKey()));
        }
    }

    @Test
    void machinesOfRunsHaveSettingsOfTheirOwn() {
        assertThat(parse(least()).machines().bridges()).isEmpty();
        assertThat(parse(least()).machines().memoryLimit().bytes()).isPositive();

        Map<String, String> values = least();
        values.put("holdfast.agent.machines.memory-limit", "3GiB");
        values.put("holdfast.agent.machines.networks.office.bridge", "br-office");
        values.put("holdfast.agent.machines.boot-roots", "/boot,/srv/kernels");
        values.put("holdfast.agent.machines.accelerator", "tcg");
        var machines = parse(values).machines();
        assertThat(machines.memoryLimit().toString()).isEqualTo("3GiB");
        assertThat(machines.bridges()).containsExactly(Map.entry("office", "br-office"));
        assertThat(machines.bootRoots()).containsExactly(Path.of("/boot"), Path.of("/srv/kernels"));

        for (Map.Entry<String, String> wrong : Map.of(
                        "networks.office.bridge", "br0 up; id",
                        "accelerator", "xen",
                        "memory-limit", "3")
                .entrySet()) {
            Map<String, String> bad = least();
            bad.put("holdfast.agent.machines." + wrong.getKey(), wrong.getValue());
            assertThatThrownBy(() -> parse(bad))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(CommonError.INVALID_CONFIGURATION));
        }
    }

    @Test
    void aHostThatWasRestartedServesAfterAMinuteUnlessAPersonWantsItToRefuse() throws Exception {
        RestartRule rule = parse(least()).ownership();
        assertThat(rule.confirmLimit()).isEqualTo(Duration.ofSeconds(60));
        assertThat(rule.unconfirmed()).isEqualTo(RestartRule.Unconfirmed.SERVE);
        assertThat(rule.bootId())
                .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                        .strip());
        Map<String, String> values = least();
        values.put("holdfast.agent.ownership.unconfirmed", "refuse");
        assertThat(parse(values).ownership().unconfirmed()).isEqualTo(RestartRule.Unconfirmed.REFUSE);
    }

    @Test
    void everySettingIsTaken() {
        Map<String, String> values = least();
        AgentId agent = AgentId.random();
        values.put("holdfast.agent.id", agent.toString());
        values.put("holdfast.agent.ring-size", "128MiB");
        values.put("holdfast.agent.batch-size", "2MiB");
        values.put("holdfast.agent.batch-linger", "5ms");
        values.put("holdfast.agent.nbd-port", "0");
        values.put("holdfast.agent.nbd-bind-address", "::1");
        values.put("holdfast.agent.stop-timeout", "1s");
        values.put("holdfast.agent.link-dscp", "18");

        AgentSettings settings = parse(values);

        assertThat(settings.agent()).contains(agent);
        assertThat(settings.ringSize().bytes()).isEqualTo(128L << 20);
        assertThat(settings.batchSize().bytes()).isEqualTo(2L << 20);
        assertThat(settings.link().linger()).isEqualTo(Duration.ofMillis(5));
        assertThat(settings.link().mark()).isEqualTo(new Dscp(18));
        assertThat(settings.nbdPort()).isZero();
        assertThat(settings.nbdBindAddress()).isEqualTo("::1");
        assertThat(settings.stopTimeout()).isEqualTo(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @CsvSource({
        "holdfast.agent.ring-size, 64, is not a size",
        "holdfast.agent.ring-size, 3MiB, at least 4 times the batch size",
        "holdfast.agent.batch-size, 8MiB, holdfast.agent.batch-size",
        "holdfast.agent.batch-linger, 5s, holdfast.agent.batch-linger",
        "holdfast.agent.reconnect-most, 1ms, holdfast.agent.reconnect-most",
        "holdfast.agent.link-dscp, 64, holdfast.agent.link-dscp is 64; 0 to 63 are allowed",
        "holdfast.agent.routers, router, host:port",
        "holdfast.agent.nbd-port, 70000, holdfast.agent.nbd-port",
        "holdfast.agent.stop-timeout, 1h, holdfast.agent.stop-timeout",
        "holdfast.agent.ownership.confirm-limit, 2h, holdfast.agent.ownership.confirm-limit",
        "holdfast.agent.ownership.unconfirmed, perhaps, SERVE and REFUSE",
        "holdfast.agent.ownership.boot-id-file, /nonexistent, holdfast.agent.ownership.boot-id-file"
    })
    void aValueOutsideItsRangeIsRefusedByName(String name, String value, String text) {
        Map<String, String> values = least();
        values.put(name, value);

        assertThatThrownBy(() -> parse(values))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(CommonError.INVALID_CONFIGURATION))
                .hasMessageContaining(text);
    }
}
