package io.holdfast.protectiongroup.policy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.protectiongroup.refusal.GroupError;
import java.util.Map;

/** Which partition of topic {@code changes} a group's changes go through: a table, not a hash (architecture, section 3). */
public final class Placement {
    private Placement() {}

    /**
     * The existing partition with the fewest groups, the lowest one among equals. Chosen once, at the group's start, and kept
     * for life: the order of a group's changes is the order of its partition.
     *
     * @param groupsByPartition how many groups replicate through a partition; absent = none
     * @throws HoldfastException {@code PLACEMENT_UNKNOWN} when no partition is known
     */
    public static int leastLoaded(int partitions, Map<Integer, Long> groupsByPartition) {
        if (partitions < 1) {
            throw new HoldfastException(
                    GroupError.PLACEMENT_UNKNOWN,
                    "The partitions of topic 'changes' are not known, because Kafka has not answered yet; try again.");
        }
        int best = 0;
        for (int partition = 1; partition < partitions; partition++) {
            if (groupsByPartition.getOrDefault(partition, 0L) < groupsByPartition.getOrDefault(best, 0L)) {
                best = partition;
            }
        }
        return best;
    }
}
