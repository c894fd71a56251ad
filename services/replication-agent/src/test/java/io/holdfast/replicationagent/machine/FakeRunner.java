package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.guest.FakeGuest;
import io.holdfast.replicationagent.machine.guest.GuestDoor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Machines in memory, under the contract of the real ones ({@link MachineRunnerContract}). */
public final class FakeRunner implements MachineRunner {
    final Map<MachineId, Guest> guests = new ConcurrentHashMap<>();
    final Map<MachineId, String> consoles = new ConcurrentHashMap<>();
    final AtomicInteger started = new AtomicInteger();
    /** Times that somebody asked whether a machine is captured. */
    final AtomicInteger captureLooks = new AtomicInteger();

    volatile String refusal = "";
    volatile String startFailure = "";
    volatile boolean shutsDownWhenAsked = true;
    /** As a hypervisor's service that restarts. */
    volatile boolean away;

    final AtomicInteger askedWhileAway = new AtomicInteger();

    private void requirePresent() {
        if (away) {
            askedWhileAway.incrementAndGet();
            throw new HoldfastException(AgentError.ADAPTER_MISSING, "the hypervisor is away");
        }
    }

    /** What somebody has to be: its process. */
    final class Guest {
        final int number = started.incrementAndGet();
        volatile boolean released;
        volatile String end = "";
        volatile boolean guestAgent;
        volatile boolean askedToShutDown;
        volatile boolean captured;
        volatile FakeGuest door = new FakeGuest();
    }

    @Override
    public List<String> adapters() {
        return List.of("fake");
    }

    @Override
    public void check(MachineOrder order) {
        if (!refusal.isEmpty()) {
            throw new HoldfastException(AgentError.ADAPTER_MISSING, "there is no " + refusal);
        }
    }

    @Override
    public RunningMachine start(MachineOrder order) throws MachineFailure {
        requirePresent();
        clear(order);
        if (!startFailure.isEmpty()) {
            throw new MachineFailure(startFailure);
        }
        Guest guest = new Guest();
        guests.put(order.id(), guest);
        consoles.put(order.id(), "");
        return new Handle(order.id(), guest);
    }

    @Override
    public Optional<RunningMachine> adopt(MachineOrder order) {
        requirePresent();
        return Optional.ofNullable(guests.get(order.id())).map(guest -> new Handle(order.id(), guest));
    }

    @Override
    public void clear(MachineOrder order) {
        requirePresent();
        guests.remove(order.id());
        consoles.remove(order.id());
    }

    @Override
    public String lastConsole(MachineOrder order) {
        return consoles.getOrDefault(order.id(), "");
    }

    void print(MachineOrder order, String text) {
        consoles.merge(order.id(), text, String::concat);
    }

    /** One white dot. */
    private static final byte[] DISPLAY = {'P', '6', '\n', '1', ' ', '1', '\n', '2', '5', '5', '\n', -1, -1, -1};

    private final class Handle implements RunningMachine {
        private final MachineId id;
        private final Guest guest;

        Handle(MachineId id, Guest guest) {
            this.id = id;
            this.guest = guest;
        }

        private boolean isThere() {
            return guests.get(id) == guest;
        }

        @Override
        public void release() throws MachineFailure {
            if (!isThere()) {
                throw new MachineFailure("it is gone");
            }
            guest.released = true;
        }

        @Override
        public Optional<String> poll() {
            if (!isThere()) {
                return Optional.of("the process is gone");
            }
            return guest.end.isEmpty() ? Optional.empty() : Optional.of(guest.end);
        }

        @Override
        public String console() {
            return consoles.getOrDefault(id, "");
        }

        @Override
        public Optional<MachineCapture> capture() {
            return Optional.of(new MachineCapture("/run/" + id, "/run/" + id + "-agent", Map.of()));
        }

        @Override
        public Optional<Screenshot> screenshot() {
            return isThere() ? Screenshot.of(DISPLAY) : Optional.empty();
        }

        @Override
        public boolean isCaptured() {
            captureLooks.incrementAndGet();
            return guest.captured;
        }

        @Override
        public void askToShutDown() {
            guest.askedToShutDown = true;
            if (shutsDownWhenAsked) {
                guest.end = "the guest shut down";
            }
        }

        @Override
        public GuestDoor guest() {
            return guest.door;
        }

        @Override
        public Optional<String> probeGuestAgent() {
            return guest.guestAgent ? Optional.empty() : Optional.of("nobody there");
        }

        @Override
        public void cut() {
            guests.remove(id, guest);
        }

        @Override
        public void leave() {}
    }
}
