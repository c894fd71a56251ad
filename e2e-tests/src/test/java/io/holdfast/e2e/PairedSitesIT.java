package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.OperatorCommand.Said;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.RestartPolicy;
import io.holdfast.localsite.plan.Port;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pairing (docs/pairing.md) with two whole sites, each of which protects a VM of its own. Site B invites. Site A joins, opens no port for other sites, and makes every call.
 */
@DisplayName("Two sites that are paired")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PairedSitesIT {
    private static final int BASE_PORT_OF_A = 30_400;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Site B. */
    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    static Path folder;

    private PairedSite a;
    private PairedSite b;

    @BeforeAll
    void a_second_site_is_there() throws IOException {
        b = paired("B", SITE.site(), SITE.disks());
        LocalSite site = LocalSite.start(
                options("site-a", BASE_PORT_OF_A)
                        .setting(Part.INVENTORY, "holdfast.inventory.site-name", "Harbour")
                        .setting(Part.INVENTORY, "holdfast.pairing.listen", "false")
                        // A minute, as by default, is long for a test that waits for the call behind an outage.
                        .setting(Part.INVENTORY, "holdfast.pairing.longest-interval", "4s")
                        .build(),
                line -> System.out.println("site A: " + line));
        a = paired("A", site, site.directory().disks());
    }

    private static SiteOptions.Builder options(String name, int basePort) {
        return SiteOptions.in(folder.resolve(name))
                .basePort(basePort)
                .distribution(Path.of("..", "services").toAbsolutePath().normalize())
                .restarts(RestartPolicy.NEVER);
    }

    private static PairedSite paired(String name, LocalSite site, Path disks) throws IOException {
        return new PairedSite(
                name,
                site,
                new SiteClient(site.address(), site.token("e2e", Role.ADMIN, Duration.ofHours(1))),
                new OperatorCommand(site, Files.createDirectories(folder.resolve("said-at-" + name))),
                disks);
    }

    /** Site B is that of other tests. */
    @AfterAll
    void they_part() throws Exception {
        if (a != null) {
            b.command().run(Role.ADMIN, "site", "revoke", a.id());
            a.site().close();
        }
    }

    /** @return the token, which is used up */
    private String pair() throws Exception {
        String token = b.command().json("site", "invite").path("token").asText();
        JsonNode joined = a.command().json("site", "join", token);
        assertThat(joined.path("id").asText()).isEqualTo(b.id());
        assertThat(joined.path("state").asText()).isEqualTo("PAIRED");
        a.awaitCurrent(b);
        b.awaitCurrent(a);
        return token;
    }

    @Test
    @DisplayName(
            "have become so by a token that works once, by connections of the one alone, and show each other's groups, RPO and owners")
    void show_each_other() throws Exception {
        String token = pair();

        assertThat(a.peer(b).path("calledAt").asText())
                .isEqualTo("127.0.0.1:" + SITE.site().port(Port.PAIRING));
        assertThat(b.peer(a).has("calledAt")).as("B calls A: %s", b.peer(a)).isFalse();
        assertThatThrownBy(() -> new Socket("127.0.0.1", a.site().port(Port.PAIRING)).close())
                .as("A's port for other sites")
                .isInstanceOf(ConnectException.class);
        assertUsedUp(token);
        try (ProtectedWorkload atA = protect(a, "shown");
                ProtectedWorkload atB = protect(b, "shown")) {
            assertShown(a, b, atB.machine());
            assertShown(b, a, atA.machine());
        }
    }

    /** And says so; the one who used it may say it again, as he may not know that it was taken. A stranger with it is met in the tests of inventory. */
    private void assertUsedUp(String token) throws Exception {
        assertThat(a.command().json("site", "join", token).path("id").asText()).isEqualTo(b.id());
        assertThat(b.command().json("site", "invitations").valueStream())
                .filteredOn(one -> one.path("usedBySiteId").asText().equals(a.id()))
                .isNotEmpty()
                .allMatch(one -> one.path("state").asText().equals("USED"));
    }

    private static ProtectedWorkload protect(PairedSite site, String name) throws IOException {
        String unique = "paired-" + name + "-" + site.name();
        return ProtectedWorkload.start(
                site.client(), site.disks(), unique, new WorkloadPlan(new Random().nextLong(), 1, 0, 1024, 16));
    }

    private static void assertShown(PairedSite site, PairedSite other, ProtectedMachine machine) throws Exception {
        JsonNode group = site.awaitGroup(other, machine);
        assertThat(group.path("name").asText())
                .isEqualTo(machine.group().path("name").asText());
        assertThat(group.path("reach").asText()).isEqualTo("CURRENT");
        assertThat(Duration.parse(group.path("rpo").asText())).isPositive().isLessThan(PATIENCE);
        assertThat(cuts(machine))
                .as("a checkpoint that the other site lists")
                .contains(Instant.parse(group.path("newestCheckpointAt").asText()));
        JsonNode vm = site.awaitVm(other, machine, 0);
        assertThat(vm.has("owner")).as("a VM that its source owns: %s", vm).isFalse();

        Said shown = site.command().run(Role.VIEWER, "site", "show", other.id()).withExitCode(0);
        assertThat(shown.out())
                .startsWith("CURRENT, heard ")
                .contains(group.path("name").asText(), "PROTECTED", machine.vmId(), "its source");
    }

    private static List<Instant> cuts(ProtectedMachine machine) {
        return machine.checkpoints().stream()
                .map(one -> Instant.parse(one.path("cutAt").asText()))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("lose nothing but the sight of each other when one control plane is killed (F158 to F162)")
    @ValueSource(strings = {"that of the site that joined", "that of the site that invited"})
    void outage(String which) throws Exception {
        PairedSite lost = which.endsWith("joined") ? a : b;
        PairedSite left = lost == a ? b : a;
        pair();
        try (ProtectedWorkload atLost = protect(lost, "without-" + lost.name());
                ProtectedWorkload atLeft = protect(left, "without-" + lost.name())) {
            left.awaitGroup(lost, atLost.machine());

            Instant gone = lost.killControlPlane();
            String failover;
            try {
                awaitCheckpoints(gone.plusSeconds(4), atLost, atLeft);
                assertStale(left, lost, atLost.machine(), gone);
                failover = recoverAlone(left, atLeft);
                awaitCheckpoints(Instant.now(), atLost);
                left.awaitSilenceMeasured(lost);
            } finally {
                lost.startControlPlane();
            }

            assertReconciled(left, lost, atLost.machine());
            JsonNode taken = lost.awaitVm(left, atLeft.machine(), 1);
            assertThat(taken.path("owner").asText())
                    .as("who took the VM meanwhile: %s", taken)
                    .isNotBlank();
            left.end(failover, "rollback", "ROLLED_BACK");
            assertThat(lost.awaitVm(left, atLeft.machine(), 2).has("owner")).isFalse();
            atLeft.machine().awaitLifecycle("PROTECTED", PATIENCE);
            awaitCheckpoints(Instant.now(), atLost, atLeft);
        }
    }

    private static void awaitCheckpoints(Instant after, ProtectedWorkload... all) {
        for (ProtectedWorkload one : all) {
            one.machine().awaitCheckpointAfter(after, PATIENCE);
        }
    }

    /** Shown with its age, and never as well as it was. */
    private static void assertStale(PairedSite left, PairedSite lost, ProtectedMachine machine, Instant gone)
            throws Exception {
        JsonNode stale = left.awaitStale(lost, gone);
        assertThat(stale.path("state").asText()).isEqualTo("PAIRED");
        assertThat(stale.at("/status/health").asText()).isEqualTo("UNKNOWN");
        if (stale.has("calledAt")) {
            assertThat(stale.at("/status/failure/code").asText())
                    .as(stale.toString())
                    .isEqualTo("PEER_UNREACHABLE");
        }
        JsonNode group = left.group(lost, machine);
        assertThat(group.path("reach").asText()).isEqualTo("STALE");
        assertThat(group.path("health").asText()).isEqualTo("UNKNOWN");
        Duration rpo = Duration.parse(group.path("rpo").asText());
        assertThat(rpo).as("RPO since it was heard: %s", group).isGreaterThan(PairedSite.STALE_AFTER);
        assertThat(Duration.parse(left.group(lost, machine).path("rpo").asText()))
                .isGreaterThan(rpo);
        assertThat(left.command()
                        .run(Role.VIEWER, "site", "show", lost.id())
                        .withExitCode(1)
                        .out())
                .startsWith("STALE, heard ");
    }

    /** What a site does with the other one gone: a rehearsal, and a failover, which is not over when this ends. */
    private static String recoverAlone(PairedSite left, ProtectedWorkload load) throws Exception {
        String plan = left.plan(load.machine());
        left.end(left.recover(plan, "TEST"), "finish", "SUCCEEDED");
        load.stopGuest();
        return left.recover(plan, "UNPLANNED");
    }

    /** Nobody did anything but to start what had been killed. */
    private static void assertReconciled(PairedSite left, PairedSite lost, ProtectedMachine machine) {
        JsonNode again = left.awaitCurrent(lost);
        lost.awaitCurrent(left);
        assertThat(again.path("state").asText()).isEqualTo("PAIRED");
        assertThat(again.at("/status/broken").isMissingNode())
                .as("the database is that of before: %s", again)
                .isTrue();
        JsonNode group = left.awaitGroup(lost, machine);
        assertThat(cuts(machine))
                .contains(Instant.parse(group.path("newestCheckpointAt").asText()));
    }

    @Test
    @DisplayName("refuse each other once one of them has revoked the pairing, say so, and can pair anew")
    void revoke() throws Exception {
        String token = pair();

        b.command().run(Role.ADMIN, "site", "revoke", a.id()).withExitCode(0);
        assertThat(b.peer(a).path("state").asText()).isEqualTo("REVOKED");
        JsonNode refused = a.awaitState(b, "REVOKED_BY_PEER");
        assertThat(PairedSite.reach(refused)).isEqualTo("STALE");
        assertThat(PairedSite.reach(b.peer(a))).isEqualTo("STALE");
        assertThat(a.command().run(Role.VIEWER, "site", "list").withExitCode(0).out())
                .containsPattern(b.id() + " +REVOKED_BY_PEER +STALE");
        assertThat(a.command()
                        .run(Role.ADMIN, "site", "join", token)
                        .withExitCode(3)
                        .err())
                .contains("INVITATION_USED");

        pair();
        a.command().run(Role.ADMIN, "site", "revoke", b.id()).withExitCode(0);
        assertThat(a.peer(b).path("state").asText()).isEqualTo("REVOKED");
        b.awaitState(a, "REVOKED_BY_PEER");
    }
}
