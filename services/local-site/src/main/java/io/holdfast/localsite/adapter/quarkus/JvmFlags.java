package io.holdfast.localsite.adapter.quarkus;

import io.holdfast.localsite.part.Part;
import java.util.ArrayList;
import java.util.List;

/** The JVM flags of each service on a small machine (memory budgets of architecture section 10). */
final class JvmFlags {
    private JvmFlags() {}

    static List<String> of(Part service) {
        List<String> flags = new ArrayList<>(List.of(
                "-Xmx" + heapMebibytes(service) + "m",
                "-XX:MaxDirectMemorySize=" + directMebibytes(service) + "m",
                // One collecting thread and no concurrent ones: the two cores belong to the data path.
                "-XX:+UseSerialGC",
                "-Xss512k",
                "-XX:-UsePerfData",
                "-XX:+ExitOnOutOfMemoryError",
                // Netty and the native libraries load code outside the JDK's modules.
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-Dfile.encoding=UTF-8"));
        if (service.usesDatabase()) {
            // These serve people, not data: a fast start is worth more than the last compiler's code.
            flags.add("-XX:TieredStopAtLevel=1");
        }
        return flags;
    }

    private static int heapMebibytes(Part service) {
        return switch (service) {
            case INVENTORY, PROTECTION_GROUP, RECOVERY_PLAN -> 128;
            case REPLICATION_ROUTER -> 208;
            case JOURNAL_STORE -> 512;
            case REPLICATION_AGENT -> 256;
            case KAFKA, POSTGRES -> throw new IllegalArgumentException(service + " is no service of ours");
        };
    }

    /** Network and NBD buffers, and at the agent the ring: bounded by the services themselves; this is the last line. */
    private static int directMebibytes(Part service) {
        return switch (service) {
            case INVENTORY, PROTECTION_GROUP, RECOVERY_PLAN -> 64;
            case REPLICATION_ROUTER -> 96;
            case JOURNAL_STORE -> 384;
            case REPLICATION_AGENT -> 512;
            case KAFKA, POSTGRES -> throw new IllegalArgumentException(service + " is no service of ours");
        };
    }
}
