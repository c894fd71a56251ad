package io.holdfast.journalstore.adapter.guestfs;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How libguestfs works.
 *
 * @param directory of this store's file views alone: sockets, what appliances write, what libguestfs knows of this machine's QEMU
 * @param appliance folder of a fixed appliance; empty = libguestfs builds its own from this machine's packages
 * @param memoryBytes of one appliance
 * @param emulated without KVM, also where there seems to be one
 */
public record GuestfsOptions(Path directory, Optional<Path> appliance, long memoryBytes, boolean emulated) {
    /** A Unix-domain socket's path has at most 107 bytes, and libguestfs puts up to 45 behind this folder. */
    static final int LONGEST_DIRECTORY = 60;

    static final long LEAST_MEMORY_BYTES = 256L << 20;

    public GuestfsOptions {
        if (!directory.isAbsolute() || directory.toString().length() > LONGEST_DIRECTORY) {
            throw new IllegalArgumentException(
                    "files.directory must be given from the root and have at most %d characters, not '%s'"
                            .formatted(LONGEST_DIRECTORY, directory));
        }
        if (memoryBytes < LEAST_MEMORY_BYTES) {
            throw new IllegalArgumentException(
                    "files.appliance-memory must be at least %d MiB".formatted(LEAST_MEMORY_BYTES >> 20));
        }
    }
}
