package io.holdfast.platform.kafka;

import java.time.Duration;
import java.util.Optional;

/** Every topic of proto/topics.md with the settings it is created with. */
public enum Topic {
    CHANGES("changes", Duration.ofHours(24)),
    POLICIES("policies", null),
    AGENT_COMMANDS("agent-commands", Duration.ofHours(24)),
    AGENT_EVENTS("agent-events", Duration.ofDays(7)),
    REPLICATION_STATUS("replication-status", null),
    JOURNAL_COMMANDS("journal-commands", Duration.ofHours(24)),
    JOURNAL_EVENTS("journal-events", Duration.ofDays(7)),
    INVENTORY_EVENTS("inventory-events", null),
    PROTECTION_EVENTS("protection-events", null),
    RECOVERY_EVENTS("recovery-events", Duration.ofDays(30));

    /** Partitions of {@link #CHANGES} per journal pod. */
    public static final int CHANGES_PARTITIONS_PER_JOURNAL = 4;

    /** How long a dead letter is kept. */
    static final Duration DEAD_LETTER_RETENTION = Duration.ofDays(30);

    /** A batch is at most 4 MiB before compression (changes.proto); incompressible data grows a little. */
    private static final int MAX_CHANGES_RECORD_BYTES = 8 << 20;

    private static final int MAX_RECORD_BYTES = 1 << 20;

    private final String baseName;
    private final Duration retention;

    Topic(String baseName, Duration retention) {
        this.baseName = baseName;
        this.retention = retention;
    }

    /** The name without the site's prefix. */
    public String baseName() {
        return baseName;
    }

    /** The name in Kafka. */
    public String name(String prefix) {
        return prefix + baseName;
    }

    /** Name in Kafka of the topic for records of this one that no reader could take. */
    public String deadLetterName(String prefix) {
        return prefix + baseName + ".dlq";
    }

    /** Whether the topic keeps the last record per key for ever; else it keeps all records for {@link #retention()}. */
    public boolean compacted() {
        return retention == null;
    }

    /** Empty for compacted topics. */
    public Optional<Duration> retention() {
        return Optional.ofNullable(retention);
    }

    /** Largest record, in bytes, that a producer may write. */
    public int maxRecordBytes() {
        return this == CHANGES ? MAX_CHANGES_RECORD_BYTES : MAX_RECORD_BYTES;
    }

    int partitions(int journalPods) {
        return this == CHANGES ? CHANGES_PARTITIONS_PER_JOURNAL * journalPods : 1;
    }
}
