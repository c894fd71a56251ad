package io.holdfast.e2e;

import io.holdfast.e2e.client.SiteClient;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.adapter.pki.SiteCertificates;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.RestartPolicy;
import io.holdfast.localsite.plan.Port;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A whole further site, which the journal-store of the tests' site feeds while this is open. */
final class ThirdSite implements AutoCloseable {
    private static final int BASE_PORT = 26_400;

    private final TestSite second;
    private final String settingsBefore;
    private final LocalSite site;
    private final SiteClient client;

    private ThirdSite(TestSite second, String settingsBefore, LocalSite site) {
        this.second = second;
        this.settingsBefore = settingsBefore;
        this.site = site;
        this.client = new SiteClient(site.address(), site.token("e2e", Role.ADMIN, Duration.ofHours(1)));
    }

    /** Starts it, and does what an operator does: asks it for a certificate, names it in the store's settings, restarts the store. */
    static ThirdSite fedBy(TestSite second, Path folder) throws IOException {
        LocalSite site = LocalSite.start(
                SiteOptions.in(folder)
                        .basePort(BASE_PORT)
                        .distribution(Path.of("..", "services").toAbsolutePath().normalize())
                        .without(Part.RECOVERY_PLAN)
                        .restarts(RestartPolicy.NEVER)
                        .build(),
                line -> System.out.println("third: " + line));
        try {
            Path settings = second.site().settingsFile(Part.JOURNAL_STORE);
            ThirdSite third = new ThirdSite(second, Files.readString(settings), site);
            SiteCertificates.Files files = site.agentCertificate(AgentId.random());
            String target = "holdfast.relay.targets.third.";
            third.restartStore(third.settingsBefore + "\n"
                    + target + "routers=127.0.0.1:" + site.port(Port.ROUTER_GRPC) + "\n"
                    + target + "certificate=" + files.certificate() + "\n"
                    + target + "key=" + files.key() + "\n"
                    + target + "trust=" + files.trust() + "\n");
            return third;
        } catch (IOException | RuntimeException | Error failed) {
            site.close();
            throw failed;
        }
    }

    private void restartStore(String settings) throws IOException {
        Files.writeString(second.site().settingsFile(Part.JOURNAL_STORE), settings);
        second.restart(Part.JOURNAL_STORE.toString());
    }

    LocalSite site() {
        return site;
    }

    SiteClient client() {
        return client;
    }

    InetSocketAddress journalNbd() {
        return new InetSocketAddress("127.0.0.1", site.port(Port.JOURNAL_NBD));
    }

    /** The store that fed it does so no more, and runs. */
    @Override
    public void close() throws IOException {
        try {
            restartStore(settingsBefore);
        } finally {
            site.close();
        }
    }
}
