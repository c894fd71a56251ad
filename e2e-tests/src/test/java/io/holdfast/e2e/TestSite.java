package io.holdfast.e2e;

import io.holdfast.e2e.client.SiteClient;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.SiteOptions.KafkaMode;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.RestartPolicy;
import io.holdfast.localsite.plan.Port;
import io.holdfast.testkit.guest.GuestParts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One whole site for all test classes of the run: real processes, Kafka in a JVM of its own so that it can be killed, parts that end
 * stay down until the test starts them.
 *
 * <p>Data and logs stay in {@code target/site} for whoever looks for the cause of a failure. Tests that failed and are tried once more (CONTRIBUTING.md), all of
 * which come behind the others, have a new site in {@code target/site-2}: nothing of what failed is in their way.
 */
final class TestSite implements BeforeAllCallback {
    static final List<String> CONTROL_PLANE = List.of("inventory", "protection-group", "recovery-plan", "postgres");

    /** A network that the agent offers to machines, and the bridge of this host behind it, which a test makes that uses it. */
    static final String NETWORK = "dmz";

    static final String BRIDGE = "hf-e2e-dmz";

    /** Another one lets two suites run on one machine, if they have different folders for temporary files. */
    private static final int BASE_PORT = Integer.getInteger("holdfast.e2e.base-port", 24_400);

    private static final Path TARGET = Path.of("target").toAbsolutePath();

    /** Sockets have short names, and the way to this repository may be long. */
    private static final Path FILES = Path.of(System.getProperty("java.io.tmpdir"), "holdfast-e2e-files");

    private static int started;
    private static Path directory;
    private static LocalSite site;
    private static SiteClient client;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        synchronized (TestSite.class) {
            if (site == null) {
                started++;
                directory = TARGET.resolve(started == 1 ? "site" : "site-" + started);
                deleteAll(directory);
                Files.createDirectories(directory.resolve("disks"));
                site = LocalSite.start(
                        SiteOptions.in(directory)
                                .basePort(BASE_PORT)
                                .distribution(Path.of("..", "services")
                                        .toAbsolutePath()
                                        .normalize())
                                .kafka(KafkaMode.OWN_PROCESS)
                                .restarts(RestartPolicy.NEVER)
                                .setting(Part.JOURNAL_STORE, "holdfast.journal.files.directory", FILES.toString())
                                .setting(
                                        Part.JOURNAL_STORE,
                                        "holdfast.journal.files.appliance",
                                        GuestParts.applianceFolder().toString())
                                .setting(Part.JOURNAL_STORE, "holdfast.journal.files.accelerator", "tcg")
                                .setting(
                                        Part.REPLICATION_AGENT,
                                        "holdfast.agent.machines.networks." + NETWORK + ".bridge",
                                        BRIDGE)
                                .setting(
                                        Part.REPLICATION_AGENT,
                                        "holdfast.agent.qemu-socket-roots",
                                        System.getProperty("java.io.tmpdir"))
                                .build(),
                        System.out::println);
                client = new SiteClient(site.address(), site.token("e2e", Role.ADMIN, Duration.ofHours(4)));
                // The root store outlives every class; closing it ends the site.
                context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL).put(TestSite.class, (AutoCloseable)
                        TestSite::end);
            }
        }
    }

    private static void end() {
        synchronized (TestSite.class) {
            site.close();
            site = null;
        }
    }

    /** What the run before left behind would be found again: a site keeps its data. */
    private static void deleteAll(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    SiteClient client() {
        return client;
    }

    SiteClient clientAs(Role role) {
        return new SiteClient(site.address(), site.token("e2e-" + role, role, Duration.ofMinutes(30)));
    }

    LocalSite site() {
        return site;
    }

    /** A folder that the agent may serve disks from. */
    Path disks() {
        return directory.resolve("disks");
    }

    /** Where the journal-store has its file views. */
    Path fileViews() {
        return FILES;
    }

    /** One file per part. */
    Path logs() {
        return directory.resolve("logs");
    }

    InetSocketAddress journalNbd() {
        return new InetSocketAddress("127.0.0.1", site.port(Port.JOURNAL_NBD));
    }

    InetSocketAddress agentNbd() {
        return new InetSocketAddress("127.0.0.1", site.port(Port.AGENT_NBD));
    }

    /** SIGKILL; the part stays down. */
    void kill(String part) {
        System.out.println("SIGKILL " + part);
        site.kill(Part.parse(part));
    }

    /** SIGSTOP, and SIGCONT after a while: a part that hangs, and whose connections stay open. */
    void pause(String part, Duration length) throws IOException, InterruptedException {
        System.out.println("SIGSTOP " + part + " for " + length.toMillis() + " ms");
        long pid = site.pid(Part.parse(part));
        signal(pid, "STOP");
        try {
            Thread.sleep(length);
        } finally {
            signal(pid, "CONT");
        }
    }

    private static void signal(long pid, String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("kill -%s %d ended with %d".formatted(name, pid, exit));
        }
    }

    /** Ends a part if it runs, and starts it. */
    void restart(String part) {
        site.kill(Part.parse(part));
        start(part);
    }

    /** Starts a part that is down and waits until it is ready. */
    void start(String part) {
        site.start(Part.parse(part));
        System.out.println("started " + part);
    }
}
