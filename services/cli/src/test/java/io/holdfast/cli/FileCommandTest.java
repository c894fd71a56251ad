package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cli.FakeSite.Answer;
import io.holdfast.cli.FakeSite.Asked;
import io.holdfast.cli.FakeSite.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The command holdfast file")
class FileCommandTest {
    private static final String GROUP = "aaaaaaaa-0000-4000-8000-000000000002";
    private static final String POINT = "aaaaaaaa-0000-4000-8000-000000000003";
    private static final String VIEWS = "/api/v1/journals/" + GROUP + "/file-views";
    private static final String VIEW = VIEWS + "/v1";

    @TempDir
    Path folder;

    private final FakeSite site = new FakeSite();

    @BeforeEach
    void aViewThatOpens() {
        site.on("POST " + VIEWS, 202, "{\"id\":\"v1\",\"state\":\"OPENING\"}")
                .on("GET " + VIEW, 200, "{\"state\":\"OPENING\"}")
                .on("GET " + VIEW, 200, "{\"state\":\"READY\"}")
                .on("DELETE " + VIEW, 204, "");
    }

    @AfterEach
    void stop() {
        site.close();
    }

    private void assertClosed() {
        assertThat(site.asked()).extracting(Asked::method).endsWith("DELETE").containsOnlyOnce("DELETE");
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void list_waits_shows_a_folder_and_closes_the_view() {
        site.list(
                VIEW + "/entries",
                "{\"name\":\"two\\\\x0alines\",\"kind\":\"FILE\",\"sizeBytes\":2048,\"mode\":\"0640\",\"uid\":0,\"gid\":7,\"modifiedAt\":\"2026-01-02T03:04:05.000006Z\"}",
                "{\"name\":\"now\",\"kind\":\"LINK\",\"sizeBytes\":3,\"mode\":\"0777\",\"uid\":0,\"gid\":0,\"modifiedAt\":\"2026-01-02T03:04:05Z\",\"linkTarget\":\"../then\"}");

        Result shown = site.run("file", "list", GROUP, POINT, "/etc/my files", "--file-system", "/dev/sda1");

        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out().lines())
                .containsExactly(
                        "KIND  MODE  UID  GID  SIZE     MODIFIED AT           NAME",
                        "FILE  0640  0    7    2.0 KiB  2026-01-02T03:04:05Z  two\\x0alines",
                        "LINK  0777  0    0    3 B      2026-01-02T03:04:05Z  now -> ../then");
        assertThat(site.asked())
                .anySatisfy(asked -> assertThat(asked.body()).isEqualTo("{\"point\":\"" + POINT + "\"}"))
                .anySatisfy(asked ->
                        assertThat(asked.path()).contains("fileSystem=%2Fdev%2Fsda1&path=%2Fetc%2Fmy%20files"));
        assertClosed();
    }

    @Test
    void list_without_a_path_shows_the_file_systems_of_one_machine() {
        site.on(
                        "GET /api/v1/journals/" + GROUP + "/checkpoints/" + POINT,
                        200,
                        "{\"volumes\":[{\"id\":\"d1\"}],\"machines\":[{\"vmId\":\"m1\",\"name\":\"db\",\"spec\":{\"disks\":[{\"volumeId\":\"d1\"},{\"volumeId\":\"d2\"}]}}]}")
                .on(
                        "GET " + VIEW + "/file-systems",
                        200,
                        "[{\"device\":\"/dev/sda1\",\"type\":\"xfs\",\"label\":\"\",\"sizeBytes\":1048576,\"volumeId\":\"d1\"}]");

        Result shown = site.run("file", "list", GROUP, POINT, "--vm", "db");

        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out()).contains("/dev/sda1  xfs   -      1.0 MiB  d1");
        assertThat(site.asked()).anySatisfy(asked -> assertThat(asked.body()).contains("\"volumeIds\":[\"d1\"]"));
        assertThat(site.run("file", "list", GROUP, POINT, "--vm", "web").exitCode())
                .isEqualTo(ExitCode.NOT_FOUND.number());
    }

    @Test
    void get_writes_the_whole_file_and_never_over_another() throws IOException {
        site.on("GET " + VIEW + "/content", 200, "the older text\n");
        Path target = folder.resolve("hosts");

        Result got = site.run("file", "get", GROUP, POINT, "/etc/hosts", "--to", target.toString());
        Result again = site.run("file", "get", GROUP, POINT, "/etc/hosts", "--to", target.toString());

        assertThat(got.exitCode()).as(got.err()).isZero();
        assertThat(target).hasContent("the older text\n");
        assertThat(left()).containsExactly("hosts");
        assertThat(again.exitCode()).isEqualTo(ExitCode.USAGE.number());
        assertClosed();
    }

    @Test
    void get_leaves_nothing_behind_when_the_site_refuses_or_the_bytes_stop() throws IOException {
        Path target = folder.resolve("hosts");
        site.on("GET " + VIEW + "/content", 404, "{\"code\":\"FILE_NOT_FOUND\",\"detail\":\"nothing is there\"}")
                .on("GET " + VIEW + "/content", Answer.LOST);

        Result refused = site.run("file", "get", GROUP, POINT, "/etc/hosts", "--to", target.toString());
        Result lost = site.run("file", "get", GROUP, POINT, "/etc/hosts", "--to", target.toString());

        assertThat(refused.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(refused.err()).contains("FILE_NOT_FOUND");
        assertThat(lost.exitCode()).isEqualTo(ExitCode.UNREACHABLE.number());
        assertThat(left()).isEmpty();
        assertThat(site.asked())
                .filteredOn(asked -> asked.method().equals("DELETE"))
                .hasSize(2);
    }

    @Test
    void a_name_that_is_no_plain_one_is_not_used_here_by_itself() {
        for (String path : List.of("/a/..", "/a/-rf", "/a/two\\x0alines", "/a/")) {
            assertThat(site.run("file", "get", GROUP, POINT, path).exitCode())
                    .as(path)
                    .isEqualTo(ExitCode.USAGE.number());
        }
        assertThat(site.asked()).isEmpty();
    }

    @Test
    void a_view_that_fails_is_told_and_closed() {
        FakeSite failing = new FakeSite();
        try (failing) {
            failing.on("POST " + VIEWS, 202, "{\"id\":\"v1\"}")
                    .on(
                            "GET " + VIEW,
                            200,
                            "{\"state\":\"FAILED\",\"code\":\"FILE_TOOLS_MISSING\",\"problem\":\"libguestfs is not installed\"}")
                    .on("DELETE " + VIEW, 204, "");

            Result failed = failing.run("file", "list", GROUP, POINT, "/");

            assertThat(failed.exitCode()).isEqualTo(ExitCode.FAILED.number());
            assertThat(failed.err()).contains("FILE_TOOLS_MISSING", "libguestfs is not installed");
            assertThat(failing.asked()).extracting(Asked::method).endsWith("DELETE");
        }
    }
}
