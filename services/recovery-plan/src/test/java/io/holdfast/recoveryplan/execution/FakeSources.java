package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/** Agents of the source under the contract of {@link SourceOrders}, in memory. A VM is down at the second look at its order. */
final class FakeSources implements SourceOrders {
    private final Map<UUID, int[]> orders = new HashMap<>();
    /** VMs in the order in which they were first asked. */
    final List<VmId> asked = new ArrayList<>();
    /** VMs in the order in which they came down. */
    final List<VmId> down = new ArrayList<>();

    /** What an agent answers instead; an empty answer is none. */
    Function<VmId, Optional<Optional<Answer>>> fate = _ -> Optional.empty();
    /** Called after the effect; throws to lose the answer. */
    Consumer<VmId> after = _ -> {};

    @Override
    public Optional<Answer> shutDown(UUID orderId, AgentId agent, VmId vm, Duration grace) {
        int looks = ++orders.computeIfAbsent(orderId, _ -> new int[1])[0];
        if (!asked.contains(vm)) {
            asked.add(vm);
        }
        Optional<Optional<Answer>> said = fate.apply(vm);
        if (said.isPresent()) {
            return said.get();
        }
        boolean isDown = looks > 1 || down.contains(vm);
        if (isDown && !down.contains(vm)) {
            down.add(vm);
        }
        after.accept(vm);
        return isDown ? Optional.of(new Answer(true, "", "")) : Optional.empty();
    }
}
