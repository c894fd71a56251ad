package io.holdfast.recoveryplan.ownership;

import java.util.List;
import java.util.Optional;

/**
 * Whether the source of a VM is known to write no more.
 *
 * @param word of the agent that says so; empty if UNKNOWN
 */
public record Fence(Status status, Optional<FenceWord> word) {
    public enum Status {
        /** No write is in flight and none is taken. */
        CONFIRMED,
        /** The agent is at it. */
        PENDING,
        /** The agent has tried and says why it could not; it tries again. */
        FAILED,
        /** Nobody has said anything about this epoch: the source may write. */
        UNKNOWN,
        /** The ownership has moved on since. */
        SUPERSEDED
    }

    /** @param words of all agents about all VMs; only that of the VM's own agent counts, if one is known */
    public static Fence of(OwnedVm vm, List<FenceWord> words) {
        return words.stream()
                .filter(word -> word.vmId().equals(vm.vmId()))
                .filter(word -> vm.agent().map(word.agent()::equals).orElse(true))
                .map(word -> new Fence(status(vm, word), Optional.of(word)))
                .filter(fence -> fence.status() != Status.UNKNOWN)
                .findFirst()
                .orElseGet(() -> new Fence(Status.UNKNOWN, Optional.empty()));
    }

    /** Where the VM's volumes may hold what was not received; a volume that is not named may hold it anywhere. */
    public List<Unsent> unsent() {
        return status == Status.CONFIRMED ? word.map(FenceWord::unsent).orElse(List.of()) : List.of();
    }

    private static Status status(OwnedVm vm, FenceWord word) {
        if (word.epoch() != vm.epoch()) {
            return word.epoch() > vm.epoch() ? Status.SUPERSEDED : Status.UNKNOWN;
        }
        return switch (word.state()) {
            case FENCED -> Status.CONFIRMED;
            case FENCING -> Status.PENDING;
            case FENCE_FAILED -> Status.FAILED;
            // Not at an epoch of another owner; who says so nonetheless has not understood it.
            case SERVED -> Status.UNKNOWN;
        };
    }
}
