package io.holdfast.localsite;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.localsite.adapter.http.SiteControl;
import io.holdfast.localsite.adapter.http.SiteServer;
import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.adapter.linux.DirectoryLock;
import io.holdfast.localsite.adapter.pki.SiteCertificates;
import io.holdfast.localsite.identity.PrivateFiles;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.identity.Secrets;
import io.holdfast.localsite.identity.SiteIdentity;
import io.holdfast.localsite.identity.SiteTokens;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.PartState;
import io.holdfast.localsite.part.Supervisor;
import io.holdfast.localsite.plan.Port;
import io.holdfast.localsite.plan.PortPlan;
import io.holdfast.localsite.plan.SiteDirectory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One whole Holdfast site on this machine: Kafka, PostgreSQL, every service, one agent, behind one address.
 *
 * <pre>{@code
 * try (LocalSite site = LocalSite.start(SiteOptions.in(directory).basePort(20000).build(), System.out::println)) {
 *     URI address = site.address();
 *     String token = site.token("tester", Role.OPERATOR, Duration.ofMinutes(10));
 *     site.kill(Part.REPLICATION_AGENT);
 *     site.start(Part.REPLICATION_AGENT);
 * }
 * }</pre>
 *
 * <p>Data stays in the directory; the next start goes on from it. Several sites on one machine need different
 * directories and base ports. Parts end with this process, whatever it dies of. Thread-safe.
 */
public final class LocalSite implements AutoCloseable {
    private final SiteOptions options;
    private final PortPlan ports;
    private final SiteDirectory directory;
    private final DirectoryLock lock;
    private final SitePreparation.Prepared prepared;
    private final SiteJournal journal;
    private final Supervisor supervisor;
    private final SiteServer server;
    private final ScheduledExecutorService refresher = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("local-site-tokens").factory());
    private boolean closed;

    private LocalSite(SiteOptions options, String owner, Consumer<String> progress) {
        this.options = options;
        this.directory = new SiteDirectory(options.directory());
        this.ports = options.portPlan();
        this.lock = Preflight.lockAndCheck(options, ports, directory, progress);
        try {
            this.prepared = SitePreparation.prepare(options, ports, directory);
            this.journal = new SiteJournal(directory, ports, prepared.identity().site(), owner, progress);
            this.supervisor = new Supervisor(
                    SitePreparation.runners(options, ports, directory, prepared), options.restarts(), journal);
            journal.watch(supervisor);
            String controlToken = Secrets.random();
            PrivateFiles.write(directory.controlToken(), controlToken + "\n");
            this.server = new SiteServer(ports, options.parts(), prepared.client(), new Controlled(), controlToken);
        } catch (RuntimeException failed) {
            lock.close();
            throw failed;
        }
    }

    /**
     * Starts a site and waits until every part is ready.
     *
     * @param progress is given one line per event; called by several threads, one at a time
     * @throws HoldfastException with a code of {@link LocalSiteError}; nothing is left running then
     */
    public static LocalSite start(SiteOptions options, Consumer<String> progress) {
        LocalSite site = prepare(options, "library", progress);
        site.startParts();
        return site;
    }

    /** Checks everything and takes the directory; starts no part yet. For a caller that wants to be able to abort. */
    public static LocalSite prepare(SiteOptions options, String owner, Consumer<String> progress) {
        return new LocalSite(options, owner, progress);
    }

    /** Starts every part; on failure, and when {@link #close} is called meanwhile, everything is stopped. */
    public void startParts() {
        try {
            supervisor.startAll(options.parallelStarts());
        } catch (RuntimeException failed) {
            close();
            throw failed;
        }
        journal.phase("READY");
        long interval = SiteTokens.REFRESH_INTERVAL.toMinutes();
        refresher.scheduleAtFixedRate(this::refreshTokens, interval, interval, TimeUnit.MINUTES);
    }

    private void refreshTokens() {
        try {
            prepared.tokens().refresh();
        } catch (HoldfastException notNow) {
            // The next one comes before the present tokens expire.
            journal.say("tokens were not refreshed: " + notNow.getMessage());
        }
    }

    /** The one base address for REST, {@code /status} and metrics, without a slash at its end. */
    public URI address() {
        return URI.create("http://127.0.0.1:" + port(Port.SITE));
    }

    public int port(Port port) {
        return ports.number(port);
    }

    /**
     * A signed token for REST calls.
     *
     * @throws HoldfastException {@code LOCAL_SITE_OPTION_INVALID} when user or lifetime (at most 30 days) is not allowed
     */
    public String token(String user, Role role, Duration lifetime) {
        return prepared.issuer().issue(user, role, lifetime);
    }

    /** Who the site, its host and its agent are. */
    public SiteIdentity identity() {
        return prepared.identity();
    }

    public SiteDirectory directory() {
        return directory;
    }

    /**
     * The part's process.
     *
     * @throws HoldfastException {@code LOCAL_SITE_ACTION_REFUSED} when it is not running or has no process of its own
     */
    public long pid(Part part) {
        return state(part)
                .processId()
                .orElseThrow(() -> new HoldfastException(
                        LocalSiteError.LOCAL_SITE_ACTION_REFUSED,
                        "%s has no process of its own now; it is %s."
                                .formatted(part, state(part).label())));
    }

    /** Whether this site has the part at all. */
    public boolean has(Part part) {
        return options.parts().contains(part);
    }

    public PartState state(Part part) {
        return supervisor.state(part);
    }

    /** Whether the part answers its readiness probe now; asks it, up to two seconds. */
    public boolean isHealthy(Part part) {
        return supervisor.isHealthy(part);
    }

    /**
     * SIGKILL. The part stays down until {@link #start(Part)}; a part that dies by other hands is restarted by the
     * site's restart policy.
     *
     * @throws HoldfastException {@code LOCAL_SITE_ACTION_REFUSED} for Kafka in the site's own process
     */
    public void kill(Part part) {
        supervisor.kill(part);
    }

    /** An orderly end, and after the part's limit a kill; it stays down until {@link #start(Part)}. */
    public void stop(Part part) {
        supervisor.stop(part);
    }

    /** Launches a part that is down and waits until it is ready; does nothing when it is. */
    public void start(Part part) {
        supervisor.start(part);
    }

    public void restart(Part part) {
        supervisor.stop(part);
        supervisor.start(part);
    }

    /** The command of a service, to start a second copy by hand, in a working directory with its own settings. */
    public List<String> command(Part service) {
        return SitePreparation.serviceRunner(service, options, ports, directory, prepared)
                .command();
    }

    /** The settings that the service was started with. */
    public Path settingsFile(Part service) {
        return directory.settings(service);
    }

    /** A certificate of this site's authority for one more agent; the same files when asked again. */
    public SiteCertificates.Files agentCertificate(AgentId agent) {
        return prepared.certificates().agent(agent);
    }

    /** Stops everything in order, bounded, then kills what is left of our own children. Once; later calls wait. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        journal.phase("STOPPING");
        refresher.shutdownNow();
        supervisor.close();
        server.close();
        prepared.client().shutdownNow();
        journal.end();
        lock.close();
    }

    private final class Controlled implements SiteControl {
        @Override
        public SiteState state(boolean asking) {
            return journal.state(asking);
        }

        @Override
        public void start(Part part) {
            supervisor.start(part);
        }

        @Override
        public void stop(Part part) {
            supervisor.stop(part);
        }

        @Override
        public void kill(Part part) {
            supervisor.kill(part);
        }
    }
}
