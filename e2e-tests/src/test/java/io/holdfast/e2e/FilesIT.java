package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.client.SiteClient.RefusedException;
import io.holdfast.e2e.tools.Command;
import io.holdfast.e2e.tools.MountedDisk;
import io.holdfast.localsite.identity.Role;
import io.holdfast.testkit.guest.GuestParts;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Somebody has spoilt a file, and wants the older one back, and no machine for that. */
@DisplayName("A single file of an older checkpoint")
class FilesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final Path COMMAND =
            Path.of("..", "services", "cli", "holdfast").toAbsolutePath().normalize();

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path work;

    private final SiteClient operator = SITE.clientAs(Role.OPERATOR);

    @Test
    void comes_back_over_rest_and_by_the_command_as_it_was_while_the_disk_has_the_newer_one() throws Exception {
        assertThat(GuestParts.appliance()).exists();
        ProtectedMachine machine = protect(ext4With("the good text\n"));
        String older =
                machine.awaitCheckpointAfter(Instant.now(), PATIENCE).path("id").asText();
        try (MountedDisk guest = MountedDisk.mount(machine.disks().getFirst().uri(), work.resolve("guest"))) {
            Files.writeString(guest.files().resolve("etc/settings"), "spoilt\n");
            Files.writeString(guest.files().resolve("etc/new file"), "new\n");
            guest.sync();
        }
        String newer =
                machine.awaitCheckpointAfter(Instant.now(), PATIENCE).path("id").asText();
        String views = machine.journalPath() + "/file-views";

        String view = open(views, older);
        assertThat(operator.get(view + "/file-systems").path(0).path("type").asText())
                .isEqualTo("ext4");
        assertThat(operator.all(view + "/entries?path=/etc"))
                .extracting(entry -> entry.path("path").asText())
                .containsExactly("/etc/settings");
        HttpResponse<String> content = operator.getText(view + "/content?path=/etc/settings");
        assertThat(content.body()).isEqualTo("the good text\n");
        assertThat(content.headers().firstValue("Content-Length")).contains("14");
        assertThat(content.headers().firstValue("Content-Disposition"))
                .hasValueSatisfying(value -> assertThat(value).contains("filename=\"settings\""));
        assertThatThrownBy(() -> SITE.clientAs(Role.VIEWER).getText(view + "/content?path=/etc/settings"))
                .isInstanceOfSatisfying(RefusedException.class, refused -> assertThat(refused.status())
                        .isEqualTo(403));
        operator.delete(view);

        String now = open(views, newer);
        assertThat(operator.getText(now + "/content?path=/etc/settings").body()).isEqualTo("spoilt\n");
        assertThat(operator.getText(now + "/content?path=/etc/new%20file").body())
                .isEqualTo("new\n");
        operator.delete(now);

        Path fetched = work.resolve("fetched");
        get(machine.pgId(), older, "/etc/settings", fetched);
        assertThat(fetched).hasContent("the good text\n");
        assertThat(operator.all(views)).as("the command has closed its view").isEmpty();
        try (Stream<Path> left = Files.list(SITE.fileViews())) {
            assertThat(left.map(path -> path.getFileName().toString()).filter(name -> name.startsWith("view-")))
                    .isEmpty();
        }
        assertThat(Files.readString(SITE.logs().resolve("journal-store.log")))
                .contains("file fetched user=e2e-OPERATOR", "path=/etc/settings");
    }

    private Path ext4With(String text) throws IOException {
        Path tree = work.resolve("tree");
        Files.createDirectories(tree.resolve("etc"));
        Files.writeString(tree.resolve("etc/settings"), text);
        Path image = Files.createDirectories(SITE.disks().resolve("files")).resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(24 << 20);
        }
        Command.run(PATIENCE, "mkfs.ext4", "-q", "-F", "-J", "size=4", "-d", tree.toString(), image.toString());
        return image;
    }

    private static ProtectedMachine protect(Path image) {
        ProtectedMachine machine = ProtectedMachine.attach(
                SITE.client(),
                "files",
                Map.of("disk", image),
                new Objectives(Duration.ofSeconds(1), Duration.ofHours(1)));
        machine.start();
        machine.awaitLifecycle("PROTECTED", PATIENCE);
        return machine;
    }

    private String open(String views, String point) {
        JsonNode ordered = operator.post(views, SiteClient.object().put("point", point));
        String view = views + "/" + ordered.path("id").asText();
        JsonNode decided = operator.await("the view is open", PATIENCE, view, now -> !now.path("state")
                .asText()
                .equals("OPENING"));
        assertThat(decided.path("state").asText()).as("%s", decided).isEqualTo("READY");
        return view;
    }

    private void get(String group, String point, String path, Path to) throws IOException, InterruptedException {
        Path said = work.resolve("said");
        ProcessBuilder command = new ProcessBuilder(
                        COMMAND.toString(), "file", "get", group, point, path, "--to", to.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        command.environment().put("HOLDFAST_SERVER", SITE.site().address().toString());
        command.environment().put("HOLDFAST_TOKEN", SITE.site().token("cli", Role.OPERATOR, Duration.ofMinutes(30)));
        Process process = command.start();
        boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended).as("it ends; it said %s", Files.readString(said)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    }
}
