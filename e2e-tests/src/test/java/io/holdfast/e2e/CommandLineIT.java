package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.OperatorCommand.Said;
import io.holdfast.localsite.identity.Role;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command as an operator types it, and as a script reads it. */
@DisplayName("With the command holdfast alone")
class CommandLineIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    private Said holdfast(Role role, String... words) throws IOException, InterruptedException {
        return new OperatorCommand(SITE.site(), folder).run(role, words);
    }

    private JsonNode json(String... words) throws IOException, InterruptedException {
        return new OperatorCommand(SITE.site(), folder).json(words);
    }

    private JsonNode await(Predicate<JsonNode> wanted, String... words) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        JsonNode now = json(words);
        while (!wanted.test(now)) {
            assertThat(System.nanoTime()).as("in time: %s", now).isLessThan(end);
            now = json(words);
        }
        return now;
    }

    @Test
    void a_machine_is_protected_rehearsed_and_reported() throws Exception {
        Path disk = SITE.disks().resolve("cli-root.raw");
        try (RandomAccessFile raw = new RandomAccessFile(disk.toFile(), "rw")) {
            raw.setLength(4 << 20);
        }
        JsonNode hosts = await(found -> found.findValuesAsText("agentConnected").contains("true"), "host", "list");
        String host = hosts.valueStream()
                .filter(one -> one.path("agentConnected").asBoolean())
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
        holdfast(Role.ADMIN, "vm", "attach", "--host", host, "--name", "cli-vm", "--disk", "root=" + disk)
                .withExitCode(0);
        holdfast(
                        Role.OPERATOR,
                        "group",
                        "create",
                        "--name",
                        "cli group",
                        "--vm",
                        "cli-vm",
                        "--checkpoint-interval",
                        "1s")
                .withExitCode(0);
        await(group -> group.path("lifecycle").asText().equals("PROTECTED"), "group", "show", "cli group");
        assertThat(holdfast(Role.VIEWER, "group", "list").withExitCode(0).out())
                .containsPattern("cli group +\\S+ +PROTECTED");

        String named = json("group", "checkpoint", "cli group", "before the upgrade")
                .path("checkpointId")
                .asText();
        await(
                list -> list.valueStream()
                        .anyMatch(one -> one.path("name").asText().equals("before the upgrade")),
                "checkpoint",
                "list",
                "cli group",
                "--kind",
                "USER");

        Path plan = Files.writeString(
                folder.resolve("plan.json"),
                "{\"name\": \"cli plan\", \"groups\": [{\"name\": \"all\", \"pgIds\": [\"cli group\"]}]}");
        holdfast(Role.OPERATOR, "plan", "apply", "-f", plan.toString()).withExitCode(0);
        holdfast(Role.VIEWER, "plan", "check", "cli plan").withExitCode(0);
        Said started = holdfast(Role.OPERATOR, "run", "start", "cli plan", "--point", "cli group=" + named)
                .withExitCode(0);
        assertThat(started.out()).contains("READY, recovered", "nbd://");
        assertThat(started.err()).contains("OPEN_SESSION");
        String run = json("run", "list", "--plan", "cli plan").get(0).path("id").asText();
        assertThat(holdfast(Role.VIEWER, "status").out()).contains(run);
        holdfast(Role.OPERATOR, "run", "finish", run).withExitCode(0);

        assertThat(holdfast(Role.VIEWER, "run", "report", run).withExitCode(0).out())
                .contains("RECOVERED", named, "RTO");
        assertThat(json("session", "list", "cli group")).isEmpty();
    }

    @Test
    void a_refusal_is_a_sentence_with_a_code_and_an_exit_code() throws Exception {
        assertThat(holdfast(Role.VIEWER, "group", "show", "nobody has this name")
                        .withExitCode(4)
                        .err())
                .contains("there is no protection group 'nobody has this name'");
        holdfast(
                        Role.VIEWER,
                        "vm",
                        "attach",
                        "--host",
                        "00000000-0000-4000-8000-000000000000",
                        "--name",
                        "x",
                        "--disk",
                        "a=/b")
                .withExitCode(5);
        assertThat(holdfast(
                                Role.ADMIN,
                                "vm",
                                "attach",
                                "--host",
                                "00000000-0000-4000-8000-000000000000",
                                "--name",
                                "x",
                                "--disk",
                                "a=b")
                        .withExitCode(3)
                        .err())
                .contains("INVALID_REQUEST", "volumes[0].backing");
    }
}
