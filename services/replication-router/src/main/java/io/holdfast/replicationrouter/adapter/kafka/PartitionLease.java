package io.holdfast.replicationrouter.adapter.kafka;

import io.holdfast.replicationrouter.lease.Ownership;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jboss.logging.Logger;

/**
 * The lease on partitions of topic {@code changes}: membership in a Kafka consumer group that reads nothing. What the group assigns
 * to this member is owned here; the group coordinator takes it away when the member is silent for the session timeout. Kafka
 * is needed for every write anyway, so the lease adds no new dependency, and its failures are Kafka's.
 *
 * <p>Members are static, named by their advertised address: a router that is killed and started again under its address gets its
 * partitions back at once and without a rebalance. The address also stands in the client id, where other routers find
 * it through the Admin API to redirect agents.
 *
 * <p>The lease is no fence. For a moment two routers may write one partition; each stream comes through one session of one
 * agent, resends are dropped by the journal, and a checkpoint record counts only at its exact position.
 */
public final class PartitionLease implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(PartitionLease.class);
    private static final String CLIENT_ID_PREFIX = "holdfast-router@";
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration LOOK_AROUND = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Told of every change; returns when the router acts by it. Called on the lease's thread. */
    public interface Holder {
        void owns(Ownership ownership);
    }

    private final String topic;
    private final String group;
    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Admin admin;
    private final Holder holder;
    private final CompletableFuture<Void> joined = new CompletableFuture<>();
    private final Set<Integer> own = new HashSet<>();
    private Map<Integer, String> others = Map.of();
    private final Thread thread;
    private volatile boolean closed;

    public PartitionLease(
            String topic, String group, Supplier<Consumer<byte[], byte[]>> consumers, Admin admin, Holder holder) {
        this.topic = topic;
        this.group = group;
        this.consumers = consumers;
        this.admin = admin;
        this.holder = holder;
        this.thread = Thread.ofPlatform().name("partition-lease").daemon(true).start(this::run);
    }

    /** Client id of the lease's consumer; carries the address at which agents reach this router. */
    public static String clientId(String advertisedAddress) {
        return CLIENT_ID_PREFIX + advertisedAddress;
    }

    /** Completes when the group has assigned partitions (or none) to this member for the first time. */
    public CompletableFuture<Void> joined() {
        return joined;
    }

    private void run() {
        while (!closed) {
            Consumer<byte[], byte[]> consumer = consumers.get();
            try {
                hold(consumer);
            } catch (WakeupException | InterruptException stopping) {
                // The loop ends.
            } catch (KafkaException failure) {
                LOG.warnf("The lease on partitions of topic %s is lost: %s", topic, failure);
            } finally {
                own.clear();
                tell();
                consumer.close(CloseOptions.timeout(Duration.ofSeconds(3))
                        .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            }
            if (!closed) {
                try {
                    Thread.sleep(PAUSE);
                } catch (InterruptedException stopping) {
                    return;
                }
            }
        }
    }

    private void hold(Consumer<byte[], byte[]> consumer) {
        consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
                consumer.pause(assigned);
                assigned.forEach(partition -> own.add(partition.partition()));
                tell();
                joined.complete(null);
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
                revoked.forEach(partition -> own.remove(partition.partition()));
                tell();
            }
        });
        long lookedAt = System.nanoTime();
        while (!closed) {
            consumer.poll(POLL);
            if (System.nanoTime() - lookedAt > LOOK_AROUND.toNanos()) {
                lookedAt = System.nanoTime();
                if (lookAround()) {
                    tell();
                }
            }
        }
    }

    /** Finds the owners of what is not owned here. */
    private boolean lookAround() {
        Map<Integer, String> found = new HashMap<>();
        try {
            var description = admin.describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)
                    .get(2, TimeUnit.SECONDS);
            for (MemberDescription member : description.members()) {
                if (member.clientId().startsWith(CLIENT_ID_PREFIX)) {
                    String address = member.clientId().substring(CLIENT_ID_PREFIX.length());
                    member.assignment()
                            .topicPartitions()
                            .forEach(partition -> found.put(partition.partition(), address));
                }
            }
        } catch (ExecutionException | TimeoutException unknown) {
            LOG.debugf("The owners of other partitions are not known now: %s", unknown);
            return false;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
        found.keySet().removeAll(own);
        boolean changed = !found.equals(others);
        others = found;
        return changed;
    }

    private void tell() {
        Map<Integer, String> elsewhere = new HashMap<>(others);
        elsewhere.keySet().removeAll(own);
        holder.owns(new Ownership(own, elsewhere));
    }

    /** Gives the partitions back, so that another router can have them at once. */
    @Override
    public void close() {
        closed = true;
        try {
            thread.join(Duration.ofSeconds(8));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
