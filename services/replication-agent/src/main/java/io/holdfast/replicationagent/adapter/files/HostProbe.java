package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.hosting.HostFacts;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Asks the host about itself. Every fact has an answer for "unknown". */
public final class HostProbe {
    // The first needs root on most systems; the second stays the same as long as the system is not installed again.
    private static final List<Path> UUID_FILES =
            List.of(Path.of("/sys/class/dmi/id/product_uuid"), Path.of("/etc/machine-id"));

    private HostProbe() {}

    /** @param hardwareUuid instead of what the machine says of itself */
    public static HostFacts facts(Optional<String> hardwareUuid) {
        long memory =
                ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                        ? system.getTotalMemorySize()
                        : 0;
        return new HostFacts(
                hardwareUuid.orElseGet(HostProbe::hardwareUuid),
                memory,
                Runtime.getRuntime().availableProcessors());
    }

    private static String hardwareUuid() {
        for (Path file : UUID_FILES) {
            try {
                String text = Files.readString(file).strip().toLowerCase(Locale.ROOT);
                if (!text.isEmpty() && text.length() <= 64) {
                    return text;
                }
            } catch (IOException unknown) {
                // The next file may know.
            }
        }
        return "";
    }

    /**
     * Which start of the host this is.
     *
     * @param file that says so
     * @throws HoldfastException {@code INVALID_CONFIGURATION} when it cannot be read: whether fences have to be asked for must not be guessed
     */
    public static String bootId(Path file) {
        try {
            String id = Files.readString(file).strip();
            if (!id.isEmpty() && id.length() <= 64) {
                return id;
            }
        } catch (IOException unreadable) {
            // Said below, like a file that says nothing.
        }
        throw new HoldfastException(
                CommonError.INVALID_CONFIGURATION,
                "holdfast.agent.ownership.boot-id-file %s cannot be read; it says which start of the host this is"
                        .formatted(file));
    }

    public static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }
}
