package io.holdfast.platform.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * One connection of a reader: which partitions it has and where it is in each. Used by the reader's thread only.
 *
 * <p>A position that the topic does not have any more is never replaced silently: the handler hears of it before the reader
 * goes on at the oldest record.
 */
final class ReaderSeat {
    private static final Logger LOG = Logger.getLogger(ReaderSeat.class);
    private static final Duration LOOK_FOR_NEW_PARTITIONS = Duration.ofSeconds(30);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ReaderSettings settings;
    private final String topicName;
    private Map<TopicPartition, Long> firstEnds = Map.of();
    private long lookedForPartitionsNanos;

    ReaderSeat(KafkaConsumer<byte[], byte[]> consumer, KafkaConnection kafka, ReaderSettings settings) {
        this.consumer = consumer;
        this.settings = settings;
        this.topicName = settings.topic().name(kafka.topicPrefix());
    }

    /** Assigns the partitions and goes to where each begins: where the reader was, else its start position. */
    void takePlaces(Map<Integer, Long> nextOffsets, RecordHandler<?> handler) throws Exception {
        List<TopicPartition> partitions = partitions();
        consumer.assign(partitions);
        firstEnds = consumer.endOffsets(partitions);
        seek(partitions, nextOffsets, handler);
        lookedForPartitionsNanos = System.nanoTime();
    }

    ConsumerRecords<byte[], byte[]> poll(Duration atMost, Map<Integer, Long> nextOffsets, RecordHandler<?> handler)
            throws Exception {
        takeNewPartitions(nextOffsets, handler);
        try {
            return consumer.poll(atMost);
        } catch (OffsetOutOfRangeException lost) {
            Map<TopicPartition, Long> earliest = consumer.beginningOffsets(lost.partitions());
            for (var where : lost.offsetOutOfRangePartitions().entrySet()) {
                goOnAtEarliest(where.getKey(), where.getValue(), earliest.get(where.getKey()), nextOffsets, handler);
            }
            return ConsumerRecords.empty();
        }
    }

    /** Whether everything that was there at the connect has been polled. Handled too, when asked after the handling. */
    boolean reachedFirstEnds() {
        return firstEnds.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    Map<Integer, Long> lags() {
        var lags = new HashMap<Integer, Long>();
        for (TopicPartition partition : consumer.assignment()) {
            OptionalLong lag = consumer.currentLag(partition);
            lag.ifPresent(records -> lags.put(partition.partition(), records));
        }
        return Map.copyOf(lags);
    }

    private void seek(Collection<TopicPartition> partitions, Map<Integer, Long> nextOffsets, RecordHandler<?> handler)
            throws Exception {
        Map<TopicPartition, Long> earliest = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        for (TopicPartition partition : partitions) {
            long first = earliest.get(partition);
            OptionalLong known = whereItWas(partition.partition(), nextOffsets);
            if (known.isPresent()) {
                long wanted = known.getAsLong();
                if (wanted < first || wanted > ends.get(partition)) {
                    goOnAtEarliest(partition, wanted, first, nextOffsets, handler);
                } else {
                    place(partition, wanted, nextOffsets);
                }
            } else {
                place(partition, start(partition, first, ends.get(partition)), nextOffsets);
            }
        }
    }

    private OptionalLong whereItWas(int partition, Map<Integer, Long> nextOffsets) throws Exception {
        Long inThisRun = nextOffsets.get(partition);
        if (inThisRun != null) {
            return OptionalLong.of(inThisRun);
        }
        return settings.start() instanceof StartPosition.Stored stored
                ? stored.positions().nextOffset(settings.topic(), partition)
                : OptionalLong.empty();
    }

    private long start(TopicPartition partition, long first, long end) {
        return switch (settings.start()) {
            case StartPosition.Beginning _, StartPosition.Stored _ -> first;
            case StartPosition.End _ -> end;
            case StartPosition.FromTime from -> {
                var found = consumer.offsetsForTimes(
                                Map.of(partition, from.instant().toEpochMilli()))
                        .get(partition);
                yield found == null ? end : found.offset();
            }
        };
    }

    private void goOnAtEarliest(
            TopicPartition partition,
            long wanted,
            long earliest,
            Map<Integer, Long> nextOffsets,
            RecordHandler<?> handler)
            throws Exception {
        LOG.errorf(
                "the reader's position is not in the topic, records may be lost reader=%s partition=%s wanted=%d earliest=%d",
                settings.name(), partition, wanted, earliest);
        handler.positionLost(settings.topic(), partition.partition(), wanted, earliest);
        place(partition, earliest, nextOffsets);
    }

    private void place(TopicPartition partition, long offset, Map<Integer, Long> nextOffsets) {
        consumer.seek(partition, offset);
        nextOffsets.put(partition.partition(), offset);
    }

    private List<TopicPartition> partitions() {
        if (settings.partitions().isPresent()) {
            return settings.partitions().get().stream()
                    .sorted()
                    .map(number -> new TopicPartition(topicName, number))
                    .toList();
        }
        var known = consumer.partitionsFor(topicName);
        if (known == null || known.isEmpty()) {
            throw new HoldfastException(
                    CommonError.DEPENDENCY_UNAVAILABLE, "Kafka knows no partitions of " + topicName + " yet");
        }
        return known.stream()
                .map(info -> new TopicPartition(topicName, info.partition()))
                .toList();
    }

    private void takeNewPartitions(Map<Integer, Long> nextOffsets, RecordHandler<?> handler) throws Exception {
        if (settings.partitions().isPresent()
                || System.nanoTime() - lookedForPartitionsNanos < LOOK_FOR_NEW_PARTITIONS.toNanos()) {
            return;
        }
        lookedForPartitionsNanos = System.nanoTime();
        var added = new ArrayList<>(partitions());
        added.removeAll(consumer.assignment());
        if (!added.isEmpty()) {
            var all = new ArrayList<>(consumer.assignment());
            all.addAll(added);
            consumer.assign(all);
            seek(added, nextOffsets, handler);
        }
    }
}
