package io.holdfast.localsite.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.part.Part;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Every TCP port that a site listens on, always on the loopback address. The default is the base port plus an offset. */
public enum Port {
    /** The site's one base address: REST of all services, their metrics, and the control of the parts. */
    SITE("site", 0, null),
    INVENTORY_HTTP("inventory", 1, Part.INVENTORY),
    PROTECTION_GROUP_HTTP("protection-group", 2, Part.PROTECTION_GROUP),
    REPLICATION_ROUTER_HTTP("replication-router", 3, Part.REPLICATION_ROUTER),
    JOURNAL_STORE_HTTP("journal-store", 4, Part.JOURNAL_STORE),
    RECOVERY_PLAN_HTTP("recovery-plan", 5, Part.RECOVERY_PLAN),
    REPLICATION_AGENT_HTTP("replication-agent", 6, Part.REPLICATION_AGENT),
    /** TLS between sites (docs/pairing.md). */
    PAIRING("pairing", 7, Part.INVENTORY),
    KAFKA("kafka", 10, Part.KAFKA),
    KAFKA_CONTROLLER("kafka-controller", 11, Part.KAFKA),
    POSTGRES("postgres", 12, Part.POSTGRES),
    /** gRPC over mTLS, for agents. */
    ROUTER_GRPC("router-grpc", 13, Part.REPLICATION_ROUTER),
    /** Recovery images and sessions. */
    JOURNAL_NBD("journal-nbd", 14, Part.JOURNAL_STORE),
    /** The disks of protected machines. */
    AGENT_NBD("agent-nbd", 15, Part.REPLICATION_AGENT);

    private final String text;
    private final int offset;
    private final Part part;

    Port(String text, int offset, Part part) {
        this.text = text;
        this.offset = offset;
        this.part = part;
    }

    public String text() {
        return text;
    }

    int offset() {
        return offset;
    }

    /** The part that listens on it; empty for the local site itself. */
    public Optional<Part> part() {
        return Optional.ofNullable(part);
    }

    /** The port for REST, health and metrics of a service. */
    public static Port httpOf(Part service) {
        return switch (service) {
            case INVENTORY -> INVENTORY_HTTP;
            case PROTECTION_GROUP -> PROTECTION_GROUP_HTTP;
            case REPLICATION_ROUTER -> REPLICATION_ROUTER_HTTP;
            case JOURNAL_STORE -> JOURNAL_STORE_HTTP;
            case RECOVERY_PLAN -> RECOVERY_PLAN_HTTP;
            case REPLICATION_AGENT -> REPLICATION_AGENT_HTTP;
            case KAFKA, POSTGRES -> throw new IllegalArgumentException(service + " has no HTTP port");
        };
    }

    /**
     * @throws HoldfastException {@code LOCAL_SITE_OPTION_INVALID} when no port has this name
     */
    public static Port parse(String text) {
        return Arrays.stream(values())
                .filter(port -> port.text.equals(text))
                .findFirst()
                .orElseThrow(() -> new HoldfastException(
                        LocalSiteError.LOCAL_SITE_OPTION_INVALID,
                        "There is no port named '%s'; the ports are %s."
                                .formatted(
                                        text,
                                        Arrays.stream(values()).map(Port::text).collect(Collectors.joining(", ")))));
    }

    @Override
    public String toString() {
        return text;
    }
}
