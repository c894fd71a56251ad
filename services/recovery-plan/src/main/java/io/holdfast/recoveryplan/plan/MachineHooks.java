package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.VmId;
import java.util.List;

/**
 * Hooks of one VM of a group that is powered on, each list one after the other.
 *
 * @param beforeStart before its machine is started; nothing of its guest runs then
 * @param afterReady when its own probes have passed, whether or not the group's other machines are ready
 * @param beforeStop before its machine is stopped; whatever comes of them, it is stopped then
 */
public record MachineHooks(VmId vmId, List<Hook> beforeStart, List<Hook> afterReady, List<Hook> beforeStop) {
    public MachineHooks {
        beforeStart = List.copyOf(beforeStart);
        afterReady = List.copyOf(afterReady);
        beforeStop = List.copyOf(beforeStop);
    }

    static MachineHooks none(VmId vm) {
        return new MachineHooks(vm, List.of(), List.of(), List.of());
    }

    /** All of them. */
    public List<Hook> all() {
        return List.of(beforeStart, afterReady, beforeStop).stream()
                .flatMap(List::stream)
                .toList();
    }
}
