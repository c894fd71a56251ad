package io.holdfast.e2e.story;

import io.holdfast.e2e.client.OpenPage;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.adapter.pki.SiteCertificates;
import io.holdfast.localsite.part.Part;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** The agent by which a host is linked to a site that is not its own: what an operator writes down to protect a host's VMs at another site. */
public final class LinkedAgent implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final LocalSite site;
    private final SiteClient client;
    private final Path work;
    private final HostId host = HostId.random();
    private final int httpPort = SecondCopy.freePort();
    private final Path sockets;
    private final Map<String, String> settings;
    private SecondCopy process;

    /**
     * @param site to which the host is linked
     * @param more settings besides identity and folders
     */
    public LinkedAgent(LocalSite site, SiteClient client, Path work, Map<String, String> more) throws IOException {
        this.site = site;
        this.client = client;
        this.work = Files.createDirectories(work);
        // A socket's address is short, and a test's folder is not.
        this.sockets = Files.createTempDirectory("hf");
        AgentId id = AgentId.random();
        SiteCertificates.Files files = site.agentCertificate(id);
        this.settings = new LinkedHashMap<>(Map.of(
                "holdfast.agent.id",
                id.toString(),
                "holdfast.agent.host-id",
                host.toString(),
                "holdfast.agent.hardware-uuid",
                "linked-" + id,
                "holdfast.agent.state-directory",
                work.resolve("state").toString(),
                "holdfast.agent.socket-directory",
                sockets.toString(),
                "holdfast.agent.nbd-port",
                Integer.toString(SecondCopy.freePort()),
                "holdfast.tls.certificate",
                files.certificate().toString(),
                "holdfast.tls.key",
                files.key().toString(),
                "holdfast.tls.trust",
                files.trust().toString()));
        settings.put("quarkus.http.port", Integer.toString(httpPort));
        settings.putAll(more);
    }

    public void start() throws IOException {
        process = SecondCopy.start(site, Part.REPLICATION_AGENT, work, settings);
        awaitConnected(true);
    }

    /** SIGKILL. */
    public void kill() {
        process.close();
        awaitConnected(false);
    }

    private void awaitConnected(boolean wanted) {
        client.await(
                "the linked agent is " + (wanted ? "connected" : "gone"),
                PATIENCE,
                "/api/v1/hosts/" + host,
                answer -> answer.path("agentConnected").asBoolean() == wanted);
    }

    public String host() {
        return host.toString();
    }

    /** The sum of a metric over a protection group's streams, as of up to a second ago. */
    public long metric(String name, String pgId) {
        return OpenPage.read(URI.create("http://127.0.0.1:" + httpPort + "/q/metrics"))
                .sumOf(name, pgId);
    }

    public Path log() {
        return work.resolve("output.log");
    }

    @Override
    public void close() throws IOException {
        if (process != null && process.isAlive()) {
            kill();
        }
    }
}
