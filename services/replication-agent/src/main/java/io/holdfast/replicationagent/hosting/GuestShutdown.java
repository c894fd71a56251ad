package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.hosting.Exports.HostedVm;
import io.holdfast.replicationagent.hosting.LiveMachines.Machine;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestPower;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks guests to shut down and waits until they are (docs/ownership.md). Nothing is forced. Asking again is harmless, so a restart of the agent in the middle is, too.
 *
 * <p>Threads: any; {@link #run} blocks.
 */
public final class GuestShutdown implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(GuestShutdown.class.getName());
    private static final long POLL_NANOS = 200_000_000;
    /** One try to reach the guest's agent. */
    private static final Duration TRY = Duration.ofSeconds(3);
    /** For so long a guest's agent may be busy or not be there yet. */
    private static final Duration ASKING = Duration.ofSeconds(30);
    /** A client that was cut off, by a restart of this agent perhaps, is back sooner: only then has nobody the disks. */
    private static final Duration SETTLED = Duration.ofSeconds(3);

    private final ServedMachines machines;
    private final LiveDesk live;
    private final GuestPower agents;
    private volatile boolean closed;

    public GuestShutdown(ServedMachines machines, LiveDesk live, GuestPower agents) {
        this.machines = machines;
        this.live = live;
        this.agents = agents;
    }

    /**
     * Waits until the guest is down. False: this agent ends, and somebody else has to ask again.
     *
     * @param grace for the guest, from now
     * @throws HoldfastException {@code VM_UNKNOWN}; {@code SHUTDOWN_TIMED_OUT} or {@code GUEST_STILL_RUNS}, and the guest may go on; codes of {@link LiveMachines#halt} at the end of the
     *     grace time when its QEMU could not be spoken to
     */
    public boolean run(VmId id, Duration grace) {
        VmAttachment vm = machines.machines().stream()
                .map(HostedVm::attachment)
                .filter(attached -> attached.id().equals(id))
                .findAny()
                .orElseThrow(() -> new HoldfastException(
                        AgentError.VM_UNKNOWN, "machine %s is not attached to this agent".formatted(id)));
        Way way = vm.capture() instanceof Capture.Live ? new LiveWay(vm) : new InlineWay(vm);
        Deadline end = Deadline.in(grace);
        Deadline asking = end.within(ASKING);
        Optional<HoldfastException> trouble = Optional.empty();
        boolean asked = false;
        while (true) {
            try {
                if (way.isDown()) {
                    LOG.log(System.Logger.Level.INFO, "A guest is down; vm=" + id);
                    return true;
                }
                if (!asked && !asking.isOver()) {
                    asked = way.ask(end.within(TRY));
                }
                trouble = Optional.empty();
            } catch (HoldfastException unreachable) {
                trouble = Optional.of(unreachable);
            }
            if (closed) {
                return false;
            }
            if (end.isOver() || !asked && way.isHopeless(asking)) {
                throw trouble.orElse(way.failure(asked, grace));
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Whoever waits gives up: the agent ends, and says nothing of it. */
    @Override
    public void close() {
        closed = true;
    }

    private boolean askAgent(VmAttachment vm, Deadline deadline) {
        try {
            agents.requestShutdown(Path.of(vm.guestAgentSocket()), deadline);
            LOG.log(System.Logger.Level.INFO, "A guest is asked to shut down; vm=" + vm.id() + " by=agent");
            return true;
        } catch (GuestAgentException deaf) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "A guest's agent cannot be asked to shut down; vm=" + vm.id() + ": " + deaf.getMessage());
            return false;
        }
    }

    /** How one kind of machine is asked, and told to be down. */
    private abstract static class Way {
        final VmAttachment vm;

        Way(VmAttachment vm) {
            this.vm = vm;
        }

        abstract boolean isDown();

        /** True: the guest has been asked. */
        abstract boolean ask(Deadline deadline);

        /** Whether nothing can come any more of a guest that could not be asked. */
        abstract boolean isHopeless(Deadline asking);

        final boolean hasAgent() {
            return !vm.guestAgentSocket().isEmpty();
        }

        final HoldfastException failure(boolean asked, Duration grace) {
            return asked
                    ? new HoldfastException(
                            AgentError.SHUTDOWN_TIMED_OUT,
                            "the guest of machine %s was asked to shut down and is not down after %d ms; it may go on"
                                    .formatted(vm.id(), grace.toMillis()))
                    : new HoldfastException(
                            AgentError.GUEST_STILL_RUNS,
                            "the guest of machine %s has its disks open, and %s; shut it down yourself"
                                    .formatted(
                                            vm.id(),
                                            hasAgent()
                                                    ? "its guest agent at " + vm.guestAgentSocket() + " does not answer"
                                                    : "no guest agent is known that could be asked"));
        }
    }

    private final class InlineWay extends Way {
        private Deadline settled = Deadline.in(SETTLED);

        InlineWay(VmAttachment vm) {
            super(vm);
        }

        @Override
        boolean isDown() {
            if (machines.clientsOf(vm.id()) > 0) {
                settled = Deadline.in(SETTLED);
            }
            return settled.isOver();
        }

        @Override
        boolean ask(Deadline deadline) {
            return hasAgent() && askAgent(vm, deadline);
        }

        @Override
        boolean isHopeless(Deadline asking) {
            return (!hasAgent() || asking.isOver()) && machines.clientsOf(vm.id()) > 0;
        }
    }

    private final class LiveWay extends Way {
        LiveWay(VmAttachment vm) {
            super(vm);
        }

        private Optional<Machine> captured() {
            return live.captured(vm.id());
        }

        @Override
        boolean isDown() {
            return live.machines().isDown(vm, captured());
        }

        @Override
        boolean ask(Deadline deadline) {
            live.machines().stayAtShutdown(vm, captured());
            if (!hasAgent() || !askAgent(vm, deadline)) {
                live.machines().pressPowerButton(vm, captured());
                LOG.log(System.Logger.Level.INFO, "A guest is asked to shut down; vm=" + vm.id() + " by=button");
            }
            return true;
        }

        /** Its monitor may answer later. */
        @Override
        boolean isHopeless(Deadline asking) {
            return false;
        }
    }
}
