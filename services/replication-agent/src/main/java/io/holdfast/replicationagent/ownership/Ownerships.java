package io.holdfast.replicationagent.ownership;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Who owns this host's machines, and what follows (docs/ownership.md). An ownership is kept durably before it is acted on; an epoch never goes down.
 *
 * <p>Threads: any; changes of one machine happen one after another.
 */
public final class Ownerships {
    /** More machines than any host ever had. */
    public static final int MAX_VMS = 16_384;

    private static final System.Logger LOG = System.getLogger(Ownerships.class.getName());
    private static final String NOT_CONFIRMED =
            "this host was restarted, and no router has said yet who owns its machines; try again";
    /** A fence that a restart of the agent might lose is none. */
    private static final String NOT_KEPT = "OWNERSHIP_NOT_KEPT";

    private final OwnershipLedger ledger;
    private final LongSupplier nowMicros;
    private final LongSupplier nowNanos;
    private final LongAdder refusedConnections = new LongAdder();
    private final Map<VmId, Ownership> known = new LinkedHashMap<>();
    private final Map<VmId, FenceState> states = new LinkedHashMap<>();
    private final Map<VmId, Barrier> barriers = new HashMap<>();
    /** Told, and not durable yet. */
    private final Map<VmId, Ownership> unkept = new LinkedHashMap<>();

    private final Confirmation confirmation;
    private volatile Runnable observer = () -> {};

    /**
     * Reads what is kept.
     *
     * @throws HoldfastException {@code STATE_FILE_DAMAGED}, and nothing may be served
     */
    public Ownerships(OwnershipLedger ledger, RestartRule rule, LongSupplier nowMicros, LongSupplier nowNanos) {
        this.ledger = ledger;
        this.nowMicros = nowMicros;
        this.nowNanos = nowNanos;
        Optional<OwnershipLedger.Entry> found = ledger.load();
        OwnershipLedger.Entry kept = found.orElseGet(() -> new OwnershipLedger.Entry(rule.bootId(), Map.of()));
        kept.vms().forEach((vm, ownership) -> {
            known.put(vm, ownership);
            states.put(vm, unattached(FenceState.of(ownership, nowMicros.getAsLong())));
        });
        confirmation = new Confirmation(rule, kept.bootId(), nowNanos.getAsLong());
        if (found.isEmpty()) {
            ledger.save(kept);
        } else if (!confirmation.isGiven()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The host was restarted: no disk is served before a router tells who owns the machines; limit="
                            + rule.confirmLimit() + " afterwards=" + rule.unconfirmed());
        }
    }

    /** Is told of every change of {@link #states}; at most one, and cheap. */
    public void observe(Runnable changed) {
        observer = changed;
    }

    /** A gate for the requests of a machine's disks; it has to be {@link #attach}ed. */
    public VmGate newGate() {
        return new VmGate(refusedConnections);
    }

    /** The machine is on this host from now on; returns when nothing that it must not do gets past the barrier. */
    public void attach(VmId vm, Barrier barrier) {
        synchronized (this) {
            barriers.put(vm, barrier);
            Ownership ownership = known.get(vm);
            if (ownership != null && ownership.recovered()) {
                states.computeIfPresent(vm, (_, state) -> state.again(nowMicros.getAsLong()));
                barrier.shut(ownership.sentence(), new Watch(vm, ownership.epoch()));
            } else if (!confirmation.isGiven()) {
                barrier.hold(NOT_CONFIRMED);
            }
        }
        observer.run();
    }

    /** The machine is not on this host any more: there is nothing to be fenced. */
    public void detach(VmId vm) {
        synchronized (this) {
            barriers.remove(vm);
            states.computeIfPresent(vm, (_, state) -> unattached(state));
        }
        observer.run();
    }

    /** Nothing of the machine is served or runs here, so its fence holds. */
    private FenceState unattached(FenceState state) {
        return state.holds(state.epoch(), nowMicros.getAsLong());
    }

    /**
     * A router says who owns machines. Those that it does not name keep what is known. Ownerships that cannot be kept durably are acted on as far as they forbid something, and tried
     * again by {@link #tick}.
     *
     * @throws IllegalArgumentException when there would be more than {@value #MAX_VMS} machines; nothing is changed then
     */
    public void tell(Map<VmId, Ownership> told) {
        synchronized (this) {
            Map<VmId, Ownership> news = new LinkedHashMap<>(told);
            news.entrySet().removeIf(entry -> !isNews(entry.getKey(), entry.getValue()));
            long strangers = news.keySet().stream()
                    .filter(vm -> !known.containsKey(vm) && !unkept.containsKey(vm))
                    .count();
            if (known.size() + unkept.size() + strangers > MAX_VMS) {
                throw new IllegalArgumentException("ownerships of more than " + MAX_VMS + " machines");
            }
            unkept.putAll(news);
            boolean first = confirmation.give();
            keep(first);
            if (first) {
                liftWhatWaits();
            }
        }
        observer.run();
    }

    private boolean isNews(VmId vm, Ownership told) {
        Ownership newest = unkept.getOrDefault(vm, known.get(vm));
        return newest == null || told.epoch() > newest.epoch();
    }

    /** Makes what was told durable, then acts on it. */
    private void keep(boolean always) {
        if (unkept.isEmpty() && !always) {
            return;
        }
        Map<VmId, Ownership> before = new LinkedHashMap<>(known);
        Map<VmId, Ownership> news = new LinkedHashMap<>(unkept);
        known.putAll(news);
        try {
            ledger.save(entry());
        } catch (HoldfastException unwritable) {
            known.clear();
            known.putAll(before);
            LOG.log(
                    System.Logger.Level.ERROR,
                    "Ownerships cannot be kept and are tried again; machines=" + news.size() + ": "
                            + unwritable.getMessage());
            news.forEach((vm, ownership) -> forbidUnkept(vm, ownership, unwritable));
            return;
        }
        unkept.clear();
        news.forEach(this::act);
    }

    private OwnershipLedger.Entry entry() {
        return new OwnershipLedger.Entry(confirmation.bootId(), known);
    }

    private void act(VmId vm, Ownership ownership) {
        long now = nowMicros.getAsLong();
        FenceState before = states.get(vm);
        FenceState after = before == null ? FenceState.of(ownership, now) : before.told(ownership, now);
        states.put(vm, after);
        LOG.log(
                System.Logger.Level.WARNING,
                "The owner of a machine has changed; vm=" + vm + " epoch=" + ownership.epoch() + " owner="
                        + (ownership.recovered() ? ownership.owner() : "this host") + " run=" + ownership.runId());
        Barrier barrier = barriers.get(vm);
        if (barrier == null) {
            states.put(vm, unattached(after));
        } else if (ownership.recovered()) {
            barrier.shut(ownership.sentence(), new Watch(vm, ownership.epoch()));
        } else if (confirmation.isGiven()) {
            barrier.lift();
        }
    }

    private void forbidUnkept(VmId vm, Ownership ownership, HoldfastException why) {
        if (!ownership.recovered()) {
            return;
        }
        long now = nowMicros.getAsLong();
        FenceState before = states.get(vm);
        FenceState after = before == null ? FenceState.of(ownership, now) : before.told(ownership, now);
        states.put(vm, after.failed(ownership.epoch(), NOT_KEPT, why.getMessage(), now));
        Barrier barrier = barriers.get(vm);
        if (barrier != null) {
            barrier.hold(ownership.sentence());
        }
    }

    /** Tries again what could not be kept, and ends a wait for routers that took too long. To be called about once a second. */
    public void tick() {
        boolean changed;
        synchronized (this) {
            changed = !unkept.isEmpty();
            keep(false);
            if (confirmation.overdue(nowNanos.getAsLong())) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "No router has told in time who owns the machines: their disks are served");
                keep(true);
                liftWhatWaits();
                changed = true;
            }
        }
        if (changed) {
            observer.run();
        }
    }

    private void liftWhatWaits() {
        barriers.forEach((vm, barrier) -> {
            Ownership ownership = unkept.getOrDefault(vm, known.get(vm));
            if (ownership == null || !ownership.recovered()) {
                barrier.lift();
            }
        });
    }

    /** Of every machine whose ownership ever moved. */
    public synchronized Map<VmId, FenceState> states() {
        return new LinkedHashMap<>(states);
    }

    /** Attached machines whose disks are refused, or are to be. */
    public synchronized long fencedMachines() {
        return barriers.keySet().stream()
                .map(states::get)
                .filter(state -> state != null && !(state instanceof FenceState.Served))
                .count();
    }

    /** Machines that may write although they must not. */
    public synchronized long failedFences() {
        return states.values().stream()
                .filter(FenceState.Failed.class::isInstance)
                .count();
    }

    /** Whether disks may be served at all: the host was not restarted, or a router has told since, or too late. */
    public synchronized boolean isConfirmed() {
        return confirmation.isGiven();
    }

    /** Connections that were refused at the door since the start, for a fence or while the ownership was not confirmed. */
    public long refusedConnections() {
        return refusedConnections.sum();
    }

    /** What a barrier says of one fence. */
    private final class Watch implements Barrier.Outcome {
        private final VmId vm;
        private final long epoch;

        Watch(VmId vm, long epoch) {
            this.vm = vm;
            this.epoch = epoch;
        }

        private void move(java.util.function.UnaryOperator<FenceState> step) {
            synchronized (Ownerships.this) {
                FenceState before = states.get(vm);
                FenceState after = before == null || !barriers.containsKey(vm) ? before : step.apply(before);
                if (after == null || after.equals(before)) {
                    return;
                }
                states.put(vm, after);
                LOG.log(System.Logger.Level.INFO, "A fence has changed; vm=" + vm + " now=" + after);
            }
            observer.run();
        }

        @Override
        public void holds() {
            move(state -> state.holds(epoch, nowMicros.getAsLong()));
        }

        @Override
        public void failed(String code, String message) {
            move(state -> state.failed(epoch, code, message, nowMicros.getAsLong()));
        }

        @Override
        public void broken() {
            move(state -> state.epoch() == epoch ? state.again(nowMicros.getAsLong()) : state);
        }
    }
}
