package io.holdfast.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.e2e.tools.Command;
import io.holdfast.testkit.guest.GuestDisk;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.RunningGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A real guest that writes numbered records on a disk that an agent serves, and can be asked to shut down. */
final class ProtectedGuest implements AutoCloseable {
    static final Objectives OBJECTIVES = new Objectives(Duration.ofSeconds(1), Duration.ofHours(1));
    static final long DISK_BYTES = 64 << 20;

    private static final Duration PATIENCE = RecordsVm.PATIENCE;

    private final TestSite site;
    private final Path folder;
    private final Path sockets;
    private final GuestImage image;
    private final RecordsVm records;
    private final ProtectedMachine machine;
    private RunningGuest original;

    private ProtectedGuest(TestSite site, Path folder, String name) throws IOException {
        this.site = site;
        this.folder = folder;
        image = GuestImage.build(GuestParts.find(), folder, Map.of());
        sockets = Files.createTempDirectory("hf");
        records = RecordsVm.create(image, site.disks(), name, 0, DISK_BYTES);
        String host = RecordsVm.hostThatRunsMachines(site.client());
        machine = protect(site.client(), name, records.attach(site.client(), host, sockets.resolve("qga")));
    }

    /** @param folder for copies of disks and what the guest says */
    static ProtectedGuest boot(TestSite site, Path folder, String name) throws IOException {
        ProtectedGuest guest = new ProtectedGuest(site, folder, name);
        guest.boot();
        return guest;
    }

    /** Makes one group of VMs and waits until it is protected. */
    static ProtectedMachine protect(SiteClient site, String name, JsonNode... vms) {
        ProtectedMachine group = ProtectedMachine.ofAttached(site, List.of(vms), name, OBJECTIVES);
        group.start();
        group.awaitLifecycle("PROTECTED", PATIENCE);
        return group;
    }

    /** At its own site, on the disk that the agent serves. */
    void boot() {
        Disk disk = machine.disks().getFirst();
        original = GuestSpec.running(image, "records")
                .with(new GuestDisk.NbdTcp("disk0", disk.address(), disk.export()))
                .withSocketsIn(sockets)
                .start(folder.resolve("evidence"));
        original.awaitDone(1, PATIENCE);
    }

    RecordsVm vm() {
        return records;
    }

    ProtectedMachine machine() {
        return machine;
    }

    /** As it was booted last. */
    RunningGuest original() {
        return original;
    }

    void writeMore(int count) {
        original.awaitDone(original.done() + count, PATIENCE);
    }

    /** @param least records that were on stable storage before the checkpoint was ordered; {@code most}: when it was listed */
    record Point(String checkpoint, long least, long most) {}

    /** A checkpoint of now, while the guest writes. */
    Point point() {
        long least = original.done();
        String checkpoint =
                machine.awaitCheckpointAfter(Instant.now(), PATIENCE).path("id").asText();
        // A record is on the disk before the guest says so: one more than it has said may be in the checkpoint.
        return new Point(checkpoint, least, original.done() + 1);
    }

    /** As an order to run names it. */
    ObjectNode pointsOf(Point point) {
        ObjectNode points = SiteClient.object();
        points.putObject(machine.pgId()).put("checkpointId", point.checkpoint());
        return points;
    }

    /** A copy of the disk at a point, as the journal shows it. */
    Path read(Point point, String name) {
        String address = "%s:%d"
                .formatted(site.journalNbd().getHostString(), site.journalNbd().getPort());
        String volume = machine.disks().getFirst().volumeId();
        return copy(address, "%s/%s@%s".formatted(machine.pgId(), volume, point.checkpoint()), folder.resolve(name));
    }

    /** A copy of what a session serves now. */
    static Path copy(JsonNode export, Path to) {
        return copy(export.path("nbdAddress").asText(), export.path("nbdExport").asText(), to);
    }

    private static Path copy(String address, String export, Path to) {
        Command.run(PATIENCE, "nbdcopy", "nbd://%s/%s".formatted(address, export), to.toString());
        return to;
    }

    @Override
    public void close() throws IOException {
        original.close();
        machine.remove(PATIENCE);
        Files.deleteIfExists(sockets);
    }
}
