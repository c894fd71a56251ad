package io.holdfast.localsite.part;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One running thing of a site.
 *
 * <p>The order of the constants is the order in which parts of equal standing are started: what others wait for comes
 * first. Memory is what the part may use at most, from the budgets of architecture section 10; the check before the
 * start adds them up.
 */
public enum Part {
    POSTGRES("postgres", 128),
    KAFKA("kafka", 640),
    REPLICATION_ROUTER("replication-router", 384),
    JOURNAL_STORE("journal-store", 1024),
    INVENTORY("inventory", 256),
    PROTECTION_GROUP("protection-group", 256),
    RECOVERY_PLAN("recovery-plan", 256),
    REPLICATION_AGENT("replication-agent", 320);

    /**
     * The order of stopping, each group at once: first who writes, then who orders, then who only watches; the stores
     * last, so that nobody sees them vanish.
     */
    public static final List<Set<Part>> STOP_ORDER = List.of(
            EnumSet.of(REPLICATION_AGENT),
            EnumSet.of(REPLICATION_ROUTER),
            EnumSet.of(INVENTORY, PROTECTION_GROUP, RECOVERY_PLAN),
            EnumSet.of(JOURNAL_STORE),
            EnumSet.of(POSTGRES),
            EnumSet.of(KAFKA));

    private final String text;
    private final int memoryMebibytes;

    Part(String text, int memoryMebibytes) {
        this.text = text;
        this.memoryMebibytes = memoryMebibytes;
    }

    /** The name that people type and that files carry, such as {@code journal-store}. */
    public String text() {
        return text;
    }

    public int memoryMebibytes() {
        return memoryMebibytes;
    }

    /** Whether this is one of our own services, as against an engine that they use. */
    public boolean isService() {
        return this != KAFKA && this != POSTGRES;
    }

    /** Whether the part keeps a schema of its own in PostgreSQL. */
    public boolean usesDatabase() {
        return this == INVENTORY || this == PROTECTION_GROUP || this == RECOVERY_PLAN;
    }

    /** The parts that must be ready before this one is started; the ones that a site leaves out do not count. */
    public Set<Part> dependsOn() {
        return switch (this) {
            case POSTGRES, KAFKA -> EnumSet.noneOf(Part.class);
            case INVENTORY, PROTECTION_GROUP, RECOVERY_PLAN -> EnumSet.of(POSTGRES, KAFKA);
            case REPLICATION_ROUTER, JOURNAL_STORE -> EnumSet.of(KAFKA);
            case REPLICATION_AGENT -> EnumSet.of(REPLICATION_ROUTER);
        };
    }

    public static List<Part> services() {
        return Arrays.stream(values()).filter(Part::isService).toList();
    }

    /**
     * @throws HoldfastException {@code LOCAL_SITE_PART_UNKNOWN} when no part has this name
     */
    public static Part parse(String text) {
        for (Part part : values()) {
            if (part.text.equals(text)) {
                return part;
            }
        }
        throw new HoldfastException(
                LocalSiteError.LOCAL_SITE_PART_UNKNOWN,
                "There is no part named '%s'; the parts are %s."
                        .formatted(text, Arrays.stream(values()).map(Part::text).collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return text;
    }
}
