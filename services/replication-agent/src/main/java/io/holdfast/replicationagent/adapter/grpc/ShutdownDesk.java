package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.proto.v1.ShutDownVm;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.hosting.GuestShutdown;
import io.holdfast.replicationagent.uplink.CommandMemory.Outcome;
import io.holdfast.replicationagent.uplink.CommandMemory.Outcome.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Orders to shut guests down, which take minutes: each has a thread of its own, and a command that comes again joins the one under way. Threads: any. */
final class ShutdownDesk {
    private static final int MAX_AT_ONCE = 256;
    private static final int MIN_GRACE_MS = 1_000;
    private static final int MAX_GRACE_MS = 600_000;

    private final GuestShutdown shutdown;
    private final Map<CommandId, List<Consumer<Outcome>>> underWay = new HashMap<>();

    ShutdownDesk(GuestShutdown shutdown) {
        this.shutdown = shutdown;
    }

    /** True: the command is under way, and this asker is told, too. */
    synchronized boolean join(CommandId command, Consumer<Outcome> asker) {
        List<Consumer<Outcome>> askers = underWay.get(command);
        if (askers != null && askers.size() < MAX_AT_ONCE) {
            askers.add(asker);
        }
        return askers != null;
    }

    /**
     * Begins.
     *
     * @param done is told first, on the thread of the order
     * @throws HoldfastException {@code INVALID_ID}, {@code COMMAND_MALFORMED}, {@code TOO_MANY_SHUTDOWNS}
     */
    synchronized void begin(CommandId command, ShutDownVm order, Consumer<Outcome> done, Consumer<Outcome> asker) {
        VmId vm = VmId.parse(order.getVmId());
        int grace = order.getGraceMs();
        if (grace < MIN_GRACE_MS || grace > MAX_GRACE_MS) {
            throw new HoldfastException(
                    AgentError.COMMAND_MALFORMED,
                    "grace_ms is %s; %d to %d are allowed"
                            .formatted(Integer.toUnsignedString(grace), MIN_GRACE_MS, MAX_GRACE_MS));
        }
        if (underWay.size() >= MAX_AT_ONCE) {
            throw new HoldfastException(
                    AgentError.TOO_MANY_SHUTDOWNS, MAX_AT_ONCE + " machines are being shut down; try again later");
        }
        underWay.put(command, new ArrayList<>(List.of(asker)));
        Thread.ofVirtual().name("shutdown-" + vm).start(() -> {
            Optional<Outcome> outcome = attempt(command, vm, Duration.ofMillis(grace));
            outcome.ifPresent(done);
            List<Consumer<Outcome>> askers;
            synchronized (this) {
                askers = underWay.remove(command);
            }
            outcome.ifPresent(told -> askers.forEach(one -> one.accept(told)));
        });
    }

    /** Empty: there is no answer, as the agent ends. */
    private Optional<Outcome> attempt(CommandId command, VmId vm, Duration grace) {
        try {
            return shutdown.run(vm, grace) ? Optional.of(new Outcome(command, Optional.empty())) : Optional.empty();
        } catch (HoldfastException failed) {
            return failure(command, failed.code().name(), failed.getMessage());
        } catch (RuntimeException defect) {
            System.getLogger(ShutdownDesk.class.getName())
                    .log(System.Logger.Level.ERROR, "A machine could not be shut down; vm=" + vm, defect);
            return failure(command, "INTERNAL", "the agent failed to shut the machine down; its log says why");
        }
    }

    private static Optional<Outcome> failure(CommandId command, String code, String message) {
        return Optional.of(new Outcome(command, Optional.of(new Failure(code, message))));
    }
}
