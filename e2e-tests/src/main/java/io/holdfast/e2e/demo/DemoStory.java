package io.holdfast.e2e.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.tools.Command;
import io.holdfast.e2e.tools.MountedDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The main job on real input: a file server's disk is protected, an attacker overwrites its files, and a rehearsed recovery plan
 * brings back the moment before, file by file.
 */
final class DemoStory {
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int DISK_MIB = 1024;
    private static final int FILE_BYTES = 256 << 10;
    private static final int FILES_AT_START = 200;
    private static final int FILES_PER_ROUND = 20;
    private static final int ROUNDS = 5;
    private static final long SEED = 20_261_120;

    private final SiteClient site;
    private final Path work;
    private final Screen screen;

    /** @param work an empty folder below one of the agent's disk roots, with 2 GiB of room */
    DemoStory(SiteClient site, Path work, Screen screen) {
        this.site = site;
        this.work = work;
        this.screen = screen;
    }

    /** @return whether every file came back */
    boolean tell() {
        Path image = makeDisk();
        ProtectedMachine machine = protect(image);
        Map<String, String> good;
        JsonNode lastGood;
        int damaged;
        try (MountedDisk guest = MountedDisk.mount(machine.disks().getFirst().uri(), work.resolve("guest"))) {
            workAsUsual(machine, guest);
            good = Documents.digests(guest.files());
            lastGood = checkpointNow(machine);
            damaged = attack(guest);
        }
        JsonNode newest = checkpointNow(machine);
        showCheckpoints(machine, lastGood, newest);
        boolean damageSeen = readNewest(machine, newest, good);
        boolean recovered = rehearse(machine, lastGood, good);

        screen.row("Files damaged by the attack", "%d", damaged);
        screen.row("Newest checkpoint holds the damage", damageSeen ? "yes" : "NO");
        screen.row("Files compared after recovery", "%d by SHA-256", good.size());
        screen.row("Attack", recovered && damageSeen ? "RECOVERED, every file as it was" : "FAILED");
        return recovered && damageSeen;
    }

    private Path makeDisk() {
        screen.step("A file server's disk: %d MiB of ext4 with %d files".formatted(DISK_MIB, FILES_AT_START));
        Path files = work.resolve("source");
        Documents.write(files, "archive", FILES_AT_START, FILE_BYTES, SEED);
        Path image = work.resolve("fileserver.raw");
        Command.run(PATIENCE, "truncate", "--size=" + DISK_MIB + "M", image.toString());
        Command.run(PATIENCE, "mkfs.ext4", "-q", "-F", "-d", files.toString(), image.toString());
        screen.say("%s", image.getFileName());
        return image;
    }

    private ProtectedMachine protect(Path image) {
        screen.step("Protect it: the agent serves the disk, a group with a checkpoint every "
                + CHECKPOINT_INTERVAL.toSeconds() + " s");
        Instant ordered = Instant.now();
        ProtectedMachine machine = ProtectedMachine.attach(
                site, "fileserver", Map.of("data", image), new Objectives(CHECKPOINT_INTERVAL, Duration.ofHours(1)));
        machine.start();
        machine.awaitLifecycle("PROTECTED", PATIENCE);
        screen.say("protected after %.1f s, initial sync and first checkpoint included", seconds(ordered));
        return machine;
    }

    private void workAsUsual(ProtectedMachine machine, MountedDisk guest) {
        screen.step("People work: the disk is mounted through NBD and files are written while checkpoints pass");
        RpoWatch watch = RpoWatch.start(machine);
        try (watch) {
            writeForSomeDays(machine, guest);
        }
        screen.row("RPO shown while people worked", "%s", watch.summary());
    }

    private void writeForSomeDays(ProtectedMachine machine, MountedDisk guest) {
        for (int round = 1; round <= ROUNDS; round++) {
            Documents.write(guest.files(), "day-" + round, FILES_PER_ROUND, FILE_BYTES, SEED + round);
            guest.sync();
            JsonNode checkpoint = checkpointNow(machine);
            screen.say(
                    "%d new files; checkpoint %s, LSN %d",
                    FILES_PER_ROUND, shortId(checkpoint), checkpoint.path("lsn").asLong());
        }
    }

    private int attack(MountedDisk guest) {
        screen.step("The attacker: every file is overwritten");
        int damaged = Documents.encryptAll(guest.files(), SEED + 99);
        guest.sync();
        screen.say("%d files encrypted", damaged);
        return damaged;
    }

    /** A checkpoint that was ordered after this call: it holds everything that is on the disk now. */
    private JsonNode checkpointNow(ProtectedMachine machine) {
        return machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
    }

    private void showCheckpoints(ProtectedMachine machine, JsonNode lastGood, JsonNode newest) {
        List<JsonNode> checkpoints = machine.checkpoints();
        screen.step("What can be recovered: " + checkpoints.size() + " checkpoints; the newest:");
        for (JsonNode checkpoint : checkpoints.subList(0, Math.min(6, checkpoints.size()))) {
            String remark = checkpoint.path("id").equals(lastGood.path("id"))
                    ? "  <- last good"
                    : checkpoint.path("id").equals(newest.path("id")) ? "  <- after the attack" : "";
            screen.say(
                    "%s  %s  %-5s  LSN %6d%s",
                    shortId(checkpoint),
                    checkpoint.path("cutAt").asText(),
                    checkpoint.path("kind").asText(),
                    checkpoint.path("lsn").asLong(),
                    remark);
        }
        JsonNode journal = site.get(machine.journalPath());
        screen.row(
                "Bytes protected",
                "%d MiB disk, journal %.0f MiB",
                DISK_MIB,
                journal.path("sizeBytes").asLong() / 1048576.0);
        screen.row("Checkpoints", "%d", checkpoints.size());
    }

    private boolean readNewest(ProtectedMachine machine, JsonNode newest, Map<String, String> good) {
        screen.step("Is the newest one of use? Open it and compare");
        JsonNode session = site.post(
                machine.journalPath() + "/sessions",
                SiteClient.object().put("checkpointId", newest.path("id").asText()));
        String path = machine.journalPath() + "/sessions/" + session.path("id").asText();
        try (MountedDisk disk = MountedDisk.mount(uri(session.path("exports").get(0)), work.resolve("newest"))) {
            long different = differences(good, Documents.digests(disk.files()));
            screen.say("%d of %d files differ: it holds the damage", different, good.size());
            return different == good.size();
        } finally {
            site.delete(path);
        }
    }

    private boolean rehearse(ProtectedMachine machine, JsonNode lastGood, Map<String, String> good) {
        screen.step("Run the recovery plan in test mode at the last good checkpoint");
        ObjectNode plan =
                SiteClient.object().put("name", "fileserver-" + Instant.now().toEpochMilli());
        ObjectNode group = plan.putArray("groups").addObject().put("name", "files");
        group.putArray("pgIds").add(machine.pgId());
        String planId = site.post("/api/v1/plans", plan).path("id").asText();

        ObjectNode order = SiteClient.object().put("mode", "TEST");
        order.putObject("points")
                .putObject(machine.pgId())
                .put("checkpointId", lastGood.path("id").asText());
        Instant ordered = Instant.now();
        String run = site.post("/api/v1/plans/" + planId + "/runs", order)
                .path("location")
                .asText();
        run = run.substring(run.indexOf("/api/"));
        JsonNode ready = site.await("the run is ready", PATIENCE, run, answer -> {
            if (answer.path("state").asText().equals("FAILED")) {
                throw new AssertionError("the run failed: " + answer);
            }
            return answer.path("state").asText().equals("READY");
        });
        double openSeconds = seconds(ordered);
        screen.say("order to disk served: %.2f s", openSeconds);

        JsonNode export = ready.path("sessions").get(0).path("exports").get(0);
        long different;
        try (MountedDisk disk = MountedDisk.mount(uri(export), work.resolve("recovered"))) {
            different = differences(good, Documents.digests(disk.files()));
        }
        screen.say("%d of %d files differ", different, good.size());
        site.post(run + "/finish");
        site.await("the run has cleaned up", PATIENCE, run, answer -> answer.path("state")
                .asText()
                .equals("SUCCEEDED"));
        JsonNode report = site.get(run + "/report");
        writeReport(report, site.getText(run + "/report.html").body());
        screen.row("Order to recovered disk served", "%.2f s", openSeconds);
        return different == 0;
    }

    private void writeReport(JsonNode report, String page) {
        try {
            Path file = Files.writeString(work.resolve("report.json"), report.toPrettyString());
            Path forPeople = Files.writeString(work.resolve("report.html"), page);
            screen.say("report: %s, and as a page: %s", file.getFileName(), forPeople.getFileName());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static long differences(Map<String, String> expected, Map<String, String> found) {
        long missingOrOther = expected.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(found.get(entry.getKey())))
                .count();
        long unexpected = found.keySet().stream()
                .filter(name -> !expected.containsKey(name))
                .count();
        return missingOrOther + unexpected;
    }

    private static String uri(JsonNode export) {
        return "nbd://" + export.path("nbdAddress").asText() + "/"
                + export.path("nbdExport").asText();
    }

    private static String shortId(JsonNode checkpoint) {
        return checkpoint.path("id").asText().substring(0, 8);
    }

    private static double seconds(Instant since) {
        return Duration.between(since, Instant.now()).toMillis() / 1000.0;
    }
}
