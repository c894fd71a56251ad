package io.holdfast.replicationagent;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.Dscp;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.replicationagent.adapter.files.HookSettings;
import io.holdfast.replicationagent.adapter.files.HostProbe;
import io.holdfast.replicationagent.adapter.grpc.RouterTls;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.adapter.metrics.AgentMetrics;
import io.holdfast.replicationagent.adapter.qemu.LiveSettings;
import io.holdfast.replicationagent.ownership.RestartRule;
import io.holdfast.replicationagent.uplink.LinkSettings;
import io.holdfast.replicationagent.uplink.RouterAddress;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Starts the agent with the application and stops it with it. */
@ApplicationScoped
public class AgentLifecycle {
    private final AgentConfig config;
    private final SiteConfig site;
    private final TlsConfig tls;
    private final AgentMetrics metrics;
    private final String version;
    private volatile AgentRuntime agent;

    AgentLifecycle(
            AgentConfig config,
            SiteConfig site,
            TlsConfig tls,
            AgentMetrics metrics,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.config = config;
        this.site = site;
        this.tls = tls;
        this.metrics = metrics;
        this.version = version;
    }

    void start(@Observes StartupEvent event) {
        agent = AgentRuntime.start(settings(config, site, tls), version, metrics::writeTook, metrics);
        metrics.watch(agent);
    }

    void stop(@Observes ShutdownEvent event) {
        AgentRuntime running = agent;
        if (running != null) {
            running.close();
        }
    }

    /** The running agent; empty before the start is done. */
    public Optional<AgentRuntime> agent() {
        return Optional.ofNullable(agent);
    }

    private static MachineSettings machines(AgentConfig.MachinesConfig config) {
        Map<String, String> bridges = new HashMap<>();
        config.networks().forEach((name, network) -> bridges.put(name, network.bridge()));
        return new MachineSettings(
                hypervisor(config),
                MachineSettings.Accelerator.parse(config.accelerator()),
                config.memoryLimit()
                        .map(DataSize::parse)
                        .orElseGet(() ->
                                new DataSize(HostProbe.facts(Optional.empty()).memoryBytes() / 2)),
                bridges,
                config.bootRoots().orElse(List.of()).stream().map(Path::of).toList(),
                Path.of(config.uefiCode()),
                Path.of(config.uefiVariables()),
                config.endWithAgent());
    }

    private static Hypervisor hypervisor(AgentConfig.MachinesConfig config) {
        return switch (Hypervisor.Kind.parse(config.hypervisor())) {
            case QEMU -> new Hypervisor.Qemu(config.qemu());
            case LIBVIRT -> new Hypervisor.Libvirt(config.libvirtUri());
            case KUBEVIRT ->
                new Hypervisor.KubeVirt(
                        server(config.kubernetesUrl()),
                        Path.of(config.kubernetesAccount()),
                        config.kubernetesNamespace(),
                        config.kubernetesNode().orElse(""));
        };
    }

    private static URI server(String url) {
        try {
            URI server = new URI(url);
            if (server.getHost() != null && Set.of("https", "http").contains(server.getScheme())) {
                return server;
            }
        } catch (URISyntaxException malformed) {
            // Refused below.
        }
        throw new HoldfastException(
                CommonError.INVALID_CONFIGURATION,
                "holdfast.agent.machines.kubernetes-url is '%s'; allowed: https://host:port".formatted(url));
    }

    static AgentSettings settings(AgentConfig config, SiteConfig site, TlsConfig tls) {
        return new AgentSettings(
                SiteId.parse(site.id()),
                config.id().map(AgentId::parse),
                config.hostId().map(HostId::parse),
                config.hardwareUuid().map(String::strip).filter(uuid -> !uuid.isEmpty()),
                Path.of(config.stateDirectory()).toAbsolutePath(),
                config.routers().stream().map(RouterAddress::parse).toList(),
                config.nbdBindAddress(),
                config.nbdPort(),
                config.diskRoots().stream().map(Path::of).toList(),
                DataSize.parse(config.ringSize()),
                DataSize.parse(config.batchSize()),
                new LinkSettings(
                        config.batchLinger(),
                        config.connectTimeout(),
                        config.reconnectFirst(),
                        config.reconnectMost(),
                        Dscp.of("holdfast.agent.link-dscp", config.linkDscp())),
                config.intentSettleInterval(),
                config.stopTimeout(),
                new LiveSettings(
                        Path.of(config.socketDirectory()).toAbsolutePath(),
                        config.qemuSocketRoots().stream().map(Path::of).toList(),
                        config.intentSettleInterval(),
                        config.imageWait(),
                        Path.of(config.scratchDirectory()).toAbsolutePath(),
                        LiveSettings.INTERVALS_MS),
                new HookSettings(config.hooksFile().map(Path::of), config.hookRoots()),
                machines(config.machines()),
                new RestartRule(
                        HostProbe.bootId(Path.of(config.ownership().bootIdFile())),
                        config.ownership().confirmLimit(),
                        RestartRule.Unconfirmed.parse(config.ownership().unconfirmed())),
                new RouterTls(Path.of(tls.certificate()), Path.of(tls.key()), Path.of(tls.trust())));
    }
}
