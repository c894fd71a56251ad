package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.changestream.Packing;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.HashReply;
import io.holdfast.proto.v1.ResendRange;
import io.holdfast.replicationagent.flow.LinkLimits;
import io.holdfast.replicationagent.flow.OwnCpu;
import io.holdfast.replicationagent.flow.PackingControl;
import io.holdfast.replicationagent.hosting.AgentIdentity;
import io.holdfast.replicationagent.hosting.DamagedRange;
import io.holdfast.replicationagent.hosting.GroupAssignment;
import io.holdfast.replicationagent.hosting.Replication;
import io.holdfast.replicationagent.hosting.UnsentWrites;
import io.holdfast.replicationagent.machine.Machines;
import io.holdfast.replicationagent.machine.Screen;
import io.holdfast.replicationagent.ownership.FenceState;
import io.holdfast.replicationagent.ownership.Ownership;
import io.holdfast.replicationagent.ownership.Ownerships;
import io.holdfast.replicationagent.quiesce.GuestQuiescence;
import io.holdfast.replicationagent.stream.Hold;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.sync.HashQuestion;
import io.holdfast.replicationagent.sync.ReplicaHashes;
import io.holdfast.replicationagent.uplink.LinkSettings;
import io.holdfast.replicationagent.uplink.RouterAddress;
import io.holdfast.replicationagent.uplink.StreamOwnership;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The agent's connections to routers: one to a router of the configured list, and one to each router that groups were redirected to.
 *
 * <p>Threads: {@link #wake}, {@link #isConnected} and the counters by any; links are opened and closed by the control thread.
 */
public final class Uplink implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Uplink.class.getName());
    /** After so many attempts without a Welcome, groups that were redirected come back to the first connection. */
    private static final int REDIRECT_ATTEMPTS = 5;

    private final AgentIdentity identity;
    private final Replication replication;
    private final ReplicaHashes hashes;
    private final CommandDesk desk;
    private final GuestQuiescence quiescence;
    private final Supplier<AgentFrame> inventory;
    private final Machines hosted;
    private final Ownerships ownerships;
    private final UnsentWrites unsent;
    private final Executor control;
    private final RouterTls tls;
    private final LinkSettings settings;
    private final StreamOwnership ownership = new StreamOwnership();
    private final LinkLimits limits = new LinkLimits(System::nanoTime, InstantSource.system());
    private final PackingControl packing = new PackingControl();
    private final OwnCpu cpu = new OwnCpu(System::nanoTime);
    private volatile Packing effort = packing.effort();
    private final AtomicLong inventoryVersion = new AtomicLong();
    private final AtomicLong machinesVersion = new AtomicLong();
    private final AtomicLong ownershipVersion = new AtomicLong();
    private final RouterLink.LinkCounters counters = new RouterLink.LinkCounters();
    private final RouterLink first;
    private volatile Map<RouterAddress, RouterLink> redirected = Map.of();
    private volatile HoldObserver holdObserver = (heldNanos, expired) -> {};

    /** Is told of every hold of completions when it has ended. Called by any thread; only counts. */
    @FunctionalInterface
    public interface HoldObserver {
        void ended(long heldNanos, boolean expired);
    }

    public Uplink(
            AgentIdentity identity,
            Replication replication,
            ReplicaHashes hashes,
            CommandDesk desk,
            GuestQuiescence quiescence,
            Supplier<AgentFrame> inventory,
            Machines hosted,
            Ownerships ownerships,
            UnsentWrites unsent,
            Executor control,
            RouterTls tls,
            LinkSettings settings,
            List<RouterAddress> routers) {
        this.identity = identity;
        this.replication = replication;
        this.hashes = hashes;
        this.desk = desk;
        this.quiescence = quiescence;
        this.inventory = inventory;
        this.hosted = hosted;
        this.ownerships = ownerships;
        this.unsent = unsent;
        this.control = control;
        this.tls = tls;
        this.settings = settings;
        this.first = new RouterLink(routers, tls, settings, new Host(Optional.empty()), counters, () -> {});
    }

    public void start() {
        first.start();
    }

    /** A stream may have something to send. Cheap. */
    public void wake() {
        first.wake();
        redirected.values().forEach(RouterLink::wake);
    }

    /** Sends a question by the session that has the group's stream. False: there is none now, or too much waits to be sent. */
    public boolean ask(HashQuestion question) {
        RouterLink link = ownership
                .redirectOf(question.pg())
                .map(redirected::get)
                .orElse(ownership.redirectOf(question.pg()).isPresent() ? null : first);
        return link != null && link.offer(Frames.question(question));
    }

    /** The inventory has changed. */
    public void inventoryChanged() {
        inventoryVersion.incrementAndGet();
        wake();
    }

    /** Tells of holds from now on. */
    public void observeHolds(HoldObserver observer) {
        holdObserver = observer;
    }

    /** A machine that this host runs is in another state, or somebody knows more of it. Cheap. */
    public void machinesChanged() {
        machinesVersion.incrementAndGet();
        wake();
    }

    /** What has become of an ownership has changed. Cheap. */
    public void ownershipChanged() {
        ownershipVersion.incrementAndGet();
        wake();
    }

    public boolean isConnected() {
        return first.isConnected();
    }

    /** Sessions begun since the start, the first one included. */
    public long sessionAttempts() {
        return counters.sessions().get();
    }

    public long sessionFailures() {
        return counters.failures().get();
    }

    /** Adapts compression to the CPU time that the agent uses. To be called about once a second, on the control thread. */
    public void adaptPacking() {
        Packing before = effort;
        effort = packing.sample(cpu.share(), isHeldBack());
        if (effort != before) {
            LOG.log(System.Logger.Level.INFO, "Compression changes; effort=" + effort + " before=" + before);
        }
    }

    /** Whether batches wait for the line, a rate or a router's credit now. */
    public boolean isHeldBack() {
        return first.isHeldBack() || redirected.values().stream().anyMatch(RouterLink::isHeldBack);
    }

    /** The most that batches are compressed now; a group's policy may allow less. */
    public Packing effort() {
        return effort;
    }

    /** What keeps the group's batches from being sent now, as far as rates go. */
    public LinkLimits.Obstacle obstacle(PgId pg) {
        return limits.obstacle(pg);
    }

    private boolean queue(Runnable order) {
        try {
            control.execute(order);
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    private void takeAssignments(Optional<RouterAddress> from, List<GroupAssignment> groups, RateLimit linkRate) {
        limits.linkRate(linkRate);
        groups.forEach(group -> limits.group(group.pg(), group.transfer()));
        replicate(from, groups);
        limits.keep(
                replication.streams().stream().map(stream -> stream.id().pg()).toList());
        wake();
    }

    private void replicate(Optional<RouterAddress> from, List<GroupAssignment> groups) {
        if (from.isEmpty()) {
            List<GroupAssignment> own = groups.stream()
                    .filter(group -> ownership.redirectOf(group.pg()).isEmpty())
                    .toList();
            replication.assign(own, groupsOf(from));
            return;
        }
        boolean fits = groups.stream().allMatch(group -> ownership.redirect(group.pg(), from.get()));
        if (!fits) {
            LOG.log(System.Logger.Level.ERROR, "Too many routers; the assignment is ignored; router=" + from.get());
            return;
        }
        Set<PgId> mine = groupsOf(from);
        replication.assign(groups, mine);
        mine.stream()
                .filter(pg -> groups.stream().noneMatch(group -> group.pg().equals(pg)))
                .forEach(ownership::drop);
        closeUnused();
    }

    private Set<PgId> groupsOf(Optional<RouterAddress> link) {
        Set<PgId> groups = new HashSet<>();
        for (ReplicationStream stream : replication.streams()) {
            if (ownership.redirectOf(stream.id().pg()).equals(link)) {
                groups.add(stream.id().pg());
            }
        }
        return groups;
    }

    private void takeRedirect(Optional<RouterAddress> from, PgId pg, RouterAddress to) {
        if (from.equals(Optional.of(to)) || !ownership.redirect(pg, to)) {
            LOG.log(System.Logger.Level.WARNING, "A redirect is ignored; group=" + pg + " router=" + to);
            return;
        }
        LOG.log(System.Logger.Level.INFO, "A group goes to another router; group=" + pg + " router=" + to);
        RouterLink link = redirected.get(to);
        if (link != null) {
            // Its hello did not name this stream.
            link.reconnect();
        } else {
            AtomicInteger attempts = new AtomicInteger();
            RouterLink opened = new RouterLink(List.of(to), tls, settings, new Host(Optional.of(to)), counters, () -> {
                if (attempts.incrementAndGet() >= REDIRECT_ATTEMPTS) {
                    queue(() -> giveUp(to));
                }
            });
            Map<RouterAddress, RouterLink> next = new HashMap<>(redirected);
            next.put(to, opened);
            redirected = Map.copyOf(next);
            opened.start();
        }
        closeUnused();
    }

    private void giveUp(RouterAddress router) {
        Set<PgId> back = ownership.dropAll(router);
        LOG.log(
                System.Logger.Level.WARNING,
                "A router that groups were sent to does not answer; router=" + router + " groups=" + back);
        closeUnused();
        if (!back.isEmpty()) {
            first.reconnect();
        }
    }

    private void closeUnused() {
        Set<RouterAddress> targets = ownership.targets();
        Map<RouterAddress, RouterLink> next = new HashMap<>(redirected);
        redirected.forEach((address, link) -> {
            if (!targets.contains(address)) {
                next.remove(address);
                link.close();
            }
        });
        redirected = Map.copyOf(next);
    }

    /** Ends every session. */
    @Override
    public void close() {
        first.close();
        redirected.values().forEach(RouterLink::close);
    }

    /** The agent, as the sessions of one link see it. */
    private final class Host implements SessionHost {
        private final Optional<RouterAddress> link;

        Host(Optional<RouterAddress> link) {
            this.link = link;
        }

        private boolean owns(ReplicationStream stream) {
            return ownership.redirectOf(stream.id().pg()).equals(link);
        }

        @Override
        public Collection<ReplicationStream> streams() {
            return replication.streams().stream().filter(this::owns).toList();
        }

        @Override
        public Optional<ReplicationStream> stream(PgId pg) {
            return replication.stream(pg).filter(this::owns);
        }

        @Override
        public void hashes(HashReply reply) {
            hashes.answered(
                    reply.getRequestId(),
                    reply.getErrorCode(),
                    reply.getHashes().toByteArray());
        }

        @Override
        public boolean resend(ResendRange order) {
            PgId pg = PgId.parse(order.getPgId());
            List<DamagedRange> ranges =
                    order.getRangesList().stream().map(Frames::range).toList();
            return queue(() -> replication.resend(pg, order.getReason(), ranges));
        }

        @Override
        public AgentFrame hello() {
            // What was asked in the session before is not answered in this one.
            hashes.sessionEnded();
            return Frames.hello(identity, streams());
        }

        @Override
        public AgentFrame inventory() {
            return inventory.get();
        }

        @Override
        public long inventoryVersion() {
            return inventoryVersion.get();
        }

        @Override
        public AgentFrame machines() {
            return MachineFrames.report(hosted.views());
        }

        @Override
        public List<Screen> screens(long after) {
            return hosted.screens(after);
        }

        @Override
        public long machinesVersion() {
            return machinesVersion.get();
        }

        @Override
        public boolean ownerships(RouterSession session, Map<VmId, Ownership> told) {
            return queue(() -> {
                try {
                    ownerships.tell(told);
                } catch (IllegalArgumentException tooMany) {
                    session.finish("PROTOCOL_VIOLATION", tooMany.getMessage());
                }
            });
        }

        @Override
        public AgentFrame ownership() {
            Map<VmId, FenceState> states = ownerships.states();
            return OwnershipFrames.report(states, unsent.of(states));
        }

        @Override
        public long ownershipVersion() {
            return ownershipVersion.get();
        }

        @Override
        public boolean assign(List<GroupAssignment> groups, RateLimit linkRate) {
            return queue(() -> takeAssignments(link, groups, linkRate));
        }

        @Override
        public LinkLimits limits() {
            return limits;
        }

        @Override
        public Packing effort() {
            return effort;
        }

        @Override
        public boolean reset(PgId pg, Epoch useless, String reason) {
            return queue(() -> replication.reset(pg, useless, reason));
        }

        @Override
        public boolean command(RouterSession session, AgentCommand command) {
            return queue(() -> desk.carryOut(command, outcome -> {
                session.answer(Frames.result(outcome));
                inventoryChanged();
            }));
        }

        @Override
        public GuestQuiescence quiescence() {
            return quiescence;
        }

        @Override
        public boolean redirect(PgId pg, RouterAddress to) {
            return queue(() -> takeRedirect(link, pg, to));
        }

        @Override
        public void holdEnded(Hold hold, Hold.End how) {
            holdObserver.ended(hold.heldNanos(), how == Hold.End.EXPIRED);
        }
    }
}
