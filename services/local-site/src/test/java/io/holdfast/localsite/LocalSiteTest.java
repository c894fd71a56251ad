package io.holdfast.localsite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.SiteOptions.KafkaMode;
import io.holdfast.localsite.adapter.json.StateFile;
import io.holdfast.localsite.adapter.linux.ProcessIdentity;
import io.holdfast.localsite.adapter.postgres.PostgresSchemas;
import io.holdfast.localsite.identity.PrivateFiles;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.PartState;
import io.holdfast.localsite.plan.Port;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real Kafka, real PostgreSQL, fake services. */
class LocalSiteTest {
    private static final Duration SOON = Duration.ofSeconds(40);

    @TempDir
    Path folder;

    private final List<String> progress = new CopyOnWriteArrayList<>();
    private final int basePort = FakeDistribution.freeBasePort();
    private SiteOptions.Builder options;

    @BeforeEach
    void describeSite() throws Exception {
        options = SiteOptions.in(folder.resolve("site"))
                .basePort(basePort)
                .distribution(FakeDistribution.in(folder.resolve("services")));
    }

    private LocalSite start(SiteOptions.Builder built) {
        return LocalSite.start(built.build(), progress::add);
    }

    private static String get(URI base, String path, String token) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(base + path))
                                    .header("Authorization", "Bearer " + token)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static List<ProcessIdentity> processes(LocalSite site, Part... parts) {
        return Stream.of(parts)
                .map(part -> ProcessIdentity.of(site.pid(part)).orElseThrow())
                .toList();
    }

    private static int startsOf(LocalSite site, Part reader, String table) throws SQLException {
        String password =
                PrivateFiles.read(site.directory().secrets().resolve("database-" + PostgresSchemas.schemaOf(reader)));
        try (Connection connection = DriverManager.getConnection(
                        PostgresSchemas.jdbcUrl(site.port(Port.POSTGRES), reader),
                        PostgresSchemas.schemaOf(reader),
                        password);
                ResultSet rows = connection.createStatement().executeQuery("SELECT count(*) FROM " + table)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private void awaitReadyAgain(LocalSite site, Part part, long oldPid) {
        Eventually.await(
                part + " runs again",
                SOON,
                () -> site.state(part) instanceof PartState.Ready && site.pid(part) != oldPid,
                progress::toString);
    }

    @Test
    void a_whole_site_starts_survives_kills_stops_and_goes_on_from_its_data() throws Exception {
        String siteId;
        List<ProcessIdentity> all;
        try (LocalSite site = start(options.kafka(KafkaMode.OWN_PROCESS))) {
            siteId = site.identity().site().toString();
            String token = site.token("ada", Role.OPERATOR, Duration.ofMinutes(5));
            assertThat(get(site.address(), "/api/v1/journals?limit=1", token))
                    .isEqualTo("journal-store /api/v1/journals?limit=1 Bearer " + token);
            assertThat(get(site.address(), "/status", token))
                    .contains("\"healthy\" : true")
                    .doesNotContain("false");

            assertThat(startsOf(site, Part.INVENTORY, "starts")).isEqualTo(1);
            assertThatThrownBy(() -> startsOf(site, Part.INVENTORY, "protection_group.starts"))
                    .hasMessageContaining("permission denied");
            createTopic(site);

            long agent = site.pid(Part.REPLICATION_AGENT);
            site.kill(Part.REPLICATION_AGENT);
            assertThat(ProcessIdentity.of(agent)).isEmpty();
            assertThat(site.state(Part.REPLICATION_AGENT)).isInstanceOf(PartState.Down.class);
            site.start(Part.REPLICATION_AGENT);
            assertThat(site.isHealthy(Part.REPLICATION_AGENT)).isTrue();

            long router = site.pid(Part.REPLICATION_ROUTER);
            ProcessHandle.of(router).orElseThrow().destroyForcibly();
            awaitReadyAgain(site, Part.REPLICATION_ROUTER, router);
            assertThat(progress).anySatisfy(line -> assertThat(line)
                    .contains("ENDED", "replication-router", "signal 9", "starting it again"));

            for (Part engine : List.of(Part.POSTGRES, Part.KAFKA)) {
                site.kill(engine);
                site.start(engine);
                assertThat(site.isHealthy(engine)).as(engine.text()).isTrue();
            }
            assertThat(startsOf(site, Part.INVENTORY, "starts")).isEqualTo(1);
            all = processes(site, Part.values());
        }
        assertThat(all).noneMatch(ProcessIdentity::isAlive);
        assertNothingWorksIn(folder.resolve("site"));
        assertThat(new StateFile(folder.resolve("site/state.json")).read()).isEmpty();

        try (LocalSite again = start(options.kafka(KafkaMode.IN_PROCESS))) {
            assertThat(again.identity().site()).hasToString(siteId);
            assertThat(startsOf(again, Part.INVENTORY, "starts")).isEqualTo(2);
            assertThat(topics(again)).contains("kept");
            assertThatThrownBy(() -> again.kill(Part.KAFKA)).hasMessageContaining("own-process");
            again.restart(Part.KAFKA);
            assertThat(topics(again)).contains("kept");
        }
        assertNothingWorksIn(folder.resolve("site"));
    }

    private static Admin admin(LocalSite site) {
        return Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + site.port(Port.KAFKA)));
    }

    private static void createTopic(LocalSite site) throws Exception {
        try (Admin admin = admin(site)) {
            admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1)))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
    }

    private static Set<String> topics(LocalSite site) throws Exception {
        try (Admin admin = admin(site)) {
            return admin.listTopics().names().get(20, TimeUnit.SECONDS);
        }
    }

    private static void assertNothingWorksIn(Path directory) {
        Eventually.await(
                "no process works in the site's directory",
                SOON,
                () -> workingIn(directory).isEmpty(),
                () -> workingIn(directory).toString());
    }

    private static List<String> workingIn(Path directory) {
        return ProcessHandle.allProcesses()
                .filter(process -> {
                    try {
                        return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"))
                                .startsWith(directory);
                    } catch (IOException goneOrNotOurs) {
                        return false;
                    }
                })
                .map(process -> process.pid() + " " + process.info().command().orElse(""))
                .toList();
    }

    @Test
    void two_sites_run_side_by_side_and_one_directory_takes_only_one() {
        Part[] services = Part.services().toArray(Part[]::new);
        SiteOptions.Builder engines = options.without(services).kafka(KafkaMode.OWN_PROCESS);
        try (LocalSite first = start(engines);
                LocalSite second = start(SiteOptions.in(folder.resolve("second"))
                        .basePort(FakeDistribution.freeBasePort())
                        .without(services)
                        .kafka(KafkaMode.OWN_PROCESS))) {
            assertThat(first.isHealthy(Part.KAFKA)).isTrue();
            assertThat(second.isHealthy(Part.KAFKA)).isTrue();
            assertRefused(
                    engines,
                    LocalSiteError.LOCAL_SITE_ALREADY_RUNNING,
                    Long.toString(ProcessHandle.current().pid()));
            assertRefused(
                    SiteOptions.in(folder.resolve("third")).basePort(basePort).without(services),
                    LocalSiteError.LOCAL_SITE_PORT_IN_USE,
                    "kafka");
        }
    }

    private void assertRefused(SiteOptions.Builder built, LocalSiteError code, String detail) {
        int before = progress.size();
        assertThatThrownBy(() -> start(built))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(code))
                .hasMessageContaining(detail);
        assertThat(progress.subList(before, progress.size())).noneMatch(line -> line.startsWith("starting"));
    }

    @Test
    void a_missing_jar_is_named_before_anything_starts() throws Exception {
        Files.delete(folder.resolve("services/inventory/target/quarkus-app/quarkus-run.jar"));
        assertRefused(options, LocalSiteError.LOCAL_SITE_SERVICE_NOT_BUILT, "inventory");
        assertThat(folder.resolve("site")).doesNotExist();
    }

    @Test
    void a_taken_port_is_named_before_anything_starts() throws Exception {
        try (ServerSocket taken = new ServerSocket(basePort + 13, 1, InetAddress.getLoopbackAddress())) {
            assertRefused(options, LocalSiteError.LOCAL_SITE_PORT_IN_USE, taken.getLocalPort() + " (router-grpc)");
        }
    }

    @Test
    void a_directory_that_cannot_be_made_is_named_before_anything_starts() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "not a folder");
        assertRefused(
                SiteOptions.in(file.resolve("site")).basePort(basePort).distribution(folder.resolve("services")),
                LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                file.toString());
    }

    @Test
    void a_service_that_ends_at_its_start_fails_the_site_with_its_last_words_and_leaves_nothing() {
        options.without(
                        Part.POSTGRES,
                        Part.INVENTORY,
                        Part.PROTECTION_GROUP,
                        Part.RECOVERY_PLAN,
                        Part.REPLICATION_ROUTER,
                        Part.REPLICATION_AGENT)
                .setting(Part.JOURNAL_STORE, "fake.last-words", "JOURNAL_DISK_FULL: no room");
        assertThatThrownBy(() -> start(options))
                .isInstanceOfSatisfying(HoldfastException.class, failed -> assertThat(failed.code())
                        .isEqualTo(LocalSiteError.LOCAL_SITE_PART_FAILED))
                .hasMessageContaining("journal-store ended with exit code 9")
                .hasMessageContaining("JOURNAL_DISK_FULL: no room");
        assertNothingWorksIn(folder.resolve("site"));
    }

    @Test
    void a_damaged_state_file_does_not_keep_a_site_from_starting() throws Exception {
        Files.createDirectories(folder.resolve("site"));
        Files.writeString(folder.resolve("site/state.json"), "{\"pid\": -1");
        LocalSite site = LocalSite.prepare(options.without(Part.values()).build(), "library", progress::add);
        site.close();
        assertThat(folder.resolve("site/state.json.unreadable")).exists();
    }
}
