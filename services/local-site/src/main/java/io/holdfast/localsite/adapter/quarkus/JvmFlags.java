package io.holdfast.localsite.adapter.quarkus;

import io.holdfast.localsite.part.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The JVM flags of each service on a small machine (memory budgets of architecture section 10). */
final class JvmFlags {
    /** For services that serve people, not data. Their images have the same, and the limit of their heap is the chart's. */
    static final List<String> FRUGAL = List.of(
            // A fast start is worth more than the last compiler's code.
            "-XX:TieredStopAtLevel=1",
            // Without it the whole heap is there from the start and is filled before anything is collected.
            "-Xms32m",
            // What a start freed goes back to the system.
            "-XX:TrimNativeHeapInterval=30000");

    /** One pool of freed memory per thread that ever asked for any costs more than it saves where threads are few. */
    static final Map<String, String> FRUGAL_ENVIRONMENT = Map.of("MALLOC_ARENA_MAX", "2");

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
            flags.addAll(FRUGAL);
        }
        return flags;
    }

    static Map<String, String> environment(Part service) {
        return service.usesDatabase() ? FRUGAL_ENVIRONMENT : Map.of();
    }

    /** Of the three that use the database some 28 MiB live, and some 170 MiB are no heap: classes 92, the JVM's own 60, the rest compiled code and files. */
    private static int heapMebibytes(Part service) {
        return switch (service) {
            case INVENTORY, PROTECTION_GROUP, RECOVERY_PLAN -> 64;
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
