package io.holdfast.testkit.guest;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What a guest has and does. Immutable: every method gives another one. */
public final class GuestSpec {
    private final GuestImage image;
    private final String program;
    private List<GuestDisk> disks = List.of();
    private int memoryMiB = 256;
    private boolean guestAgent = true;
    private OptionalInt forwardedPort = OptionalInt.empty();
    private Optional<Path> sockets = Optional.empty();
    private Duration lifetime = Duration.ofMinutes(10);

    private GuestSpec(GuestImage image, String program) {
        this.image = image;
        this.program = program;
    }

    /**
     * A guest with 256 MiB and a guest agent, without disks and network, for ten minutes at most.
     *
     * @param program of the {@link GuestImage}, run once everything is mounted
     */
    public static GuestSpec running(GuestImage image, String program) {
        return new GuestSpec(image, program);
    }

    private GuestSpec copy() {
        GuestSpec copy = new GuestSpec(image, program);
        copy.disks = disks;
        copy.memoryMiB = memoryMiB;
        copy.guestAgent = guestAgent;
        copy.forwardedPort = forwardedPort;
        copy.sockets = sockets;
        copy.lifetime = lifetime;
        return copy;
    }

    /** With one more disk; an ext4 on it is mounted. */
    public GuestSpec with(GuestDisk disk) {
        GuestSpec copy = copy();
        List<GuestDisk> more = new ArrayList<>(disks);
        more.add(disk);
        copy.disks = List.copyOf(more);
        return copy;
    }

    /** With one more disk, in front of the others. */
    public GuestSpec withFirst(GuestDisk disk) {
        GuestSpec copy = copy();
        List<GuestDisk> more = new ArrayList<>(disks);
        more.addFirst(disk);
        copy.disks = List.copyOf(more);
        return copy;
    }

    /** No guest agent runs inside; the socket for one is there all the same, and silent. */
    public GuestSpec withoutGuestAgent() {
        GuestSpec copy = copy();
        copy.guestAgent = false;
        return copy;
    }

    /** With a network card, of which only this port can be reached, on a free port of the loopback. */
    public GuestSpec forwarding(int port) {
        GuestSpec copy = copy();
        copy.forwardedPort = OptionalInt.of(port);
        return copy;
    }

    public GuestSpec withMemoryMiB(int size) {
        GuestSpec copy = copy();
        copy.memoryMiB = size;
        return copy;
    }

    /**
     * With its sockets in this folder, for tests that have to name them before the guest is there. Not set: a folder of its own.
     *
     * @param folder short: a socket's path has 107 bytes at most
     */
    public GuestSpec withSocketsIn(Path folder) {
        GuestSpec copy = copy();
        copy.sockets = Optional.of(folder);
        return copy;
    }

    /** The guest ends by itself after this time, so that none outlives its test for long. */
    public GuestSpec withLifetime(Duration most) {
        GuestSpec copy = copy();
        copy.lifetime = most;
        return copy;
    }

    /**
     * Boots it.
     *
     * @param evidence folder for the console's log; created when missing
     */
    public RunningGuest start(Path evidence) {
        return RunningGuest.start(this, evidence);
    }

    GuestImage image() {
        return image;
    }

    String program() {
        return program;
    }

    List<GuestDisk> disks() {
        return disks;
    }

    int memoryMiB() {
        return memoryMiB;
    }

    boolean guestAgent() {
        return guestAgent;
    }

    OptionalInt forwardedPort() {
        return forwardedPort;
    }

    Optional<Path> sockets() {
        return sockets;
    }

    Duration lifetime() {
        return lifetime;
    }
}
