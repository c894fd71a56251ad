package io.holdfast.e2e.story;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.testkit.guest.GuestDisk;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.RunningGuest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The guests of an application where it was first: their disks are served by agents, and an agent can ask them to shut down. */
final class OriginalGuests implements AutoCloseable {
    private final Map<RecordsVm, Path> sockets = new LinkedHashMap<>();
    private final Map<RecordsVm, RunningGuest> guests = new LinkedHashMap<>();

    /** Where the guest's agent will listen: it has to be said before the guest is there. */
    Path guestAgentSocket(RecordsVm vm) {
        return sockets.computeIfAbsent(vm, _ -> shortFolder()).resolve("qga");
    }

    private static Path shortFolder() {
        try {
            return Files.createTempDirectory("hf");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    void boot(GuestImage image, RecordsApplication application, RecordsApplication.AtSite served, Path evidence) {
        for (RecordsVm vm : application.vms()) {
            JsonNode volume = served.volume(vm);
            guests.put(
                    vm,
                    GuestSpec.running(image, "records")
                            .with(new GuestDisk.NbdTcp(
                                    "disk0",
                                    ProtectedMachine.address(
                                            volume.path("nbdAddress").asText()),
                                    volume.path("nbdExport").asText()))
                            .withSocketsIn(guestAgentSocket(vm).getParent())
                            .start(evidence));
        }
    }

    /** Until each has written so many records more. */
    void awaitMore(int records) {
        Map<RecordsVm, Long> before = written();
        guests.forEach((vm, guest) -> guest.awaitDone(before.get(vm) + records, RecordsVm.PATIENCE));
    }

    /** The newest record of each that is on stable storage. */
    Map<RecordsVm, Long> written() {
        return guests.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue()
                .done()));
    }

    /** SIGKILL. */
    void kill() {
        guests.values().forEach(RunningGuest::kill);
    }

    @Override
    public void close() {
        guests.values().forEach(RunningGuest::close);
    }
}
