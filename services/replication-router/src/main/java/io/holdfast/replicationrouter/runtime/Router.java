package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.Heartbeat;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.MachineScreen;
import io.holdfast.proto.v1.MachinesReport;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.VolumeRange;
import io.holdfast.replicationrouter.checkpoint.UserCut;
import io.holdfast.replicationrouter.lease.Ownership;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.policy.PolicyTable;
import io.holdfast.replicationrouter.session.AgentIdentity;
import io.holdfast.replicationrouter.session.RouterError;
import io.holdfast.replicationrouter.session.SessionEnd;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * The router: everything that happens to it is a method here, called on its loop, one after another. Stateless in the sense
 * of the architecture (section 3): all it holds is rebuilt from Kafka and from what agents say when they connect.
 */
public final class Router {
    private static final Logger LOG = Logger.getLogger(Router.class);

    private final RouterContext context;
    private final Sessions sessions;
    private final Checkpoints checkpoints;
    private final Uplink uplink;
    private final CommandDesk commands;
    private final StatusReporter status;
    private final HashDesk hashes;
    private final ResendDesk resends;

    public Router(
            RouterSettings settings,
            RouterClock clock,
            Executor loop,
            ChangesLog changes,
            EventLog events,
            RouterMeters meters) {
        context = new RouterContext(settings, clock, loop, changes, events, meters);
        hashes = new HashDesk(context);
        resends = new ResendDesk(context);
        commands = new CommandDesk(context);
        checkpoints = new Checkpoints(context, commands, this::letGo);
        status = new StatusReporter(context, checkpoints);
        sessions = new Sessions(context, this::sessionLive, this::sessionLost);
        uplink = new Uplink(context, sessions, checkpoints);
        commands.carriedOutBy(new CommandDesk.Actions() {
            @Override
            public boolean requestCut(GroupPolicy policy, UserCut request) {
                return checkpoints.request(policy, request);
            }

            @Override
            public boolean resync(GroupPolicy policy) {
                return Router.this.resync(policy);
            }
        });
    }

    /** A connection with a good certificate; the agent may send its first frame. */
    public AgentSession connected(AgentIdentity identity, AgentConnection connection) {
        return sessions.open(identity, connection);
    }

    /** One frame, in the order of the connection. The agent may send its next one when there is room for it. */
    public void frame(AgentSession session, InboundFrame frame) {
        if (session.ended()) {
            return;
        }
        sessions.heard(session);
        if (!session.live() && !(frame instanceof InboundFrame.Greets || frame instanceof InboundFrame.Malformed)) {
            sessions.reject(session, RouterError.PROTOCOL_VIOLATION, "the first frame of a session is Hello");
            return;
        }
        try {
            take(session, frame);
        } catch (HoldfastException refused) {
            reject(session, refused);
        } catch (RuntimeException defect) {
            LOG.errorf(defect, "A frame of agent %s could not be taken; this is a defect of ours", session.agent());
            sessions.reject(
                    session,
                    CommonError.INTERNAL.name(),
                    "the router failed",
                    Sessions.instanceOf(session),
                    Duration.ofSeconds(5));
        }
        if (!session.ended() && context.budget.admit(session)) {
            session.connection().grant();
        }
    }

    private void take(AgentSession session, InboundFrame frame) {
        switch (frame) {
            case InboundFrame.Greets greets -> sessions.hello(session, greets.hello());
            case InboundFrame.Carries carries -> uplink.batch(session, carries.header(), carries.batch());
            case InboundFrame.Beats beats -> heartbeat(session, beats.heartbeat());
            case InboundFrame.Reports reports -> inventory(session, reports.inventory());
            case InboundFrame.Runs runs -> machines(session, runs.machines());
            case InboundFrame.Shows shows -> screen(session, shows.screen());
            case InboundFrame.Fences fences -> ownership(session, fences.ownership());
            case InboundFrame.Holds holds -> checkpoints.held(session, holds.held());
            case InboundFrame.EndsHold ends -> checkpoints.holdEnded(session, ends.ended());
            case InboundFrame.Freezes freezes -> checkpoints.frozen(session, freezes.frozen());
            case InboundFrame.Thaws thaws -> checkpoints.thawed(session, thaws.thawed());
            case InboundFrame.Answers answers -> commands.result(session, answers.result());
            case InboundFrame.Asks asks -> hashes.ask(session, asks.request());
            case InboundFrame.Malformed malformed -> reject(session, malformed.cause());
        }
    }

    private void reject(AgentSession session, HoldfastException cause) {
        sessions.reject(
                session,
                cause.code().name(),
                cause.getMessage(),
                Sessions.instanceOf(session),
                Duration.ofSeconds(cause.code().blame().retryable() ? 1 : 10));
    }

    /** The agent takes frames again. */
    public void writable(AgentSession session) {
        if (session.live()) {
            uplink.flushAcks();
            uplink.grantCredits();
            hashes.writable(session);
            if (session.assignmentsDue()) {
                sessions.assign(session);
            }
        }
    }

    public void closed(AgentSession session, SessionEnd reason) {
        sessions.closed(session, reason);
    }

    public void policy(GroupPolicy policy) {
        context.policies.put(policy).ifPresent(this::policyChanged);
    }

    /** A null value in the topic. */
    public void policyGone(PgId pg) {
        context.policies.remove(pg).ifPresent(this::policyChanged);
    }

    private void policyChanged(PolicyTable.Change change) {
        checkpoints.policyChanged(change);
        status.policyChanged(change);
        if (change.after().filter(GroupPolicy::assigned).isEmpty()) {
            uplink.dropWaiting(Set.of(change.pg()));
            context.continuity.forget(Set.of(change.pg()));
            hashes.policyGone(change.pg());
            resends.policyGone(change.pg());
        }
        change.agents().forEach(agent -> context.liveSession(agent).ifPresent(sessions::assign));
    }

    /** @throws HoldfastException {@code INVALID_ID} or {@code INVALID_REQUEST} when the record is no command */
    public void command(AgentCommand command) {
        commands.take(command);
    }

    /** An answer to a command stands in topic {@code agent-events}. */
    public void commandAnswered(CommandId command) {
        commands.answeredInTopic(command);
    }

    /**
     * What a journal reports.
     *
     * @param positions applied so far
     * @param needsReset streams that cannot go on from there, with the epoch that is of no use any more
     */
    public void journalStatus(
            PgId pg, Map<AgentId, StreamPosition> positions, Map<AgentId, StreamPosition> needsReset) {
        Optional<GroupPolicy> policy = context.policies.of(pg).filter(GroupPolicy::assigned);
        if (policy.isEmpty() || !context.ownership.isOwn(policy.get().partition())) {
            return;
        }
        positions.forEach((agent, position) -> {
            if (policy.get().assignedTo(agent)) {
                context.continuity.journalHas(new StreamId(agent, pg), position.epoch());
            }
        });
        needsReset.forEach((agent, position) -> context.liveSession(agent)
                .ifPresent(session -> resetForJournal(session, new StreamId(agent, pg), position.epoch())));
    }

    /** Who answers questions about replicas; nobody does before this is called. Before the first session. */
    public void hashesAnsweredBy(ReplicaReader reader) {
        hashes.answeredBy(reader);
    }

    /**
     * Where a journal is served, and what it needs again.
     *
     * @param restAddress empty = not known
     */
    public void journalServed(PgId pg, String restAddress, List<VolumeRange> needsResend) {
        Optional<GroupPolicy> policy = context.policies.of(pg).filter(GroupPolicy::assigned);
        if (policy.isPresent()) {
            hashes.journalAt(pg, restAddress);
            if (context.ownership.isOwn(policy.get().partition())) {
                resends.needed(policy.get(), needsResend);
            }
        }
    }

    private void resetForJournal(AgentSession session, StreamId stream, Epoch useless) {
        SessionStream state = session.streams().get(stream.pg());
        if (state != null
                && context.continuity.shouldReset(stream, state.cursor().epoch(), useless)) {
            uplink.reset(session, stream, state, useless, Frames.ResetReason.STREAM_GAP);
        }
    }

    private boolean resync(GroupPolicy policy) {
        if (policy.streams().stream()
                .anyMatch(stream -> context.liveSession(stream.agent()).isEmpty())) {
            return false;
        }
        for (StreamId stream : policy.streams()) {
            AgentSession session = context.liveSession(stream.agent()).orElseThrow();
            SessionStream state = session.streams().get(policy.pg());
            // A stream that has not begun syncs everything anyway.
            if (state != null && state.cursor().epoch().isAfter(Epoch.NONE)) {
                uplink.reset(session, stream, state, state.cursor().epoch(), Frames.ResetReason.OPERATOR_REQUEST);
            }
        }
        return true;
    }

    /** The lease moved. What was taken away is not written from this moment on. */
    public void ownership(Ownership now) {
        Set<Integer> lost = now.lostSince(context.ownership);
        context.ownership = now;
        if (!lost.isEmpty()) {
            Set<PgId> groups = context.policies.all().stream()
                    .filter(policy -> lost.contains(policy.partition()))
                    .map(GroupPolicy::pg)
                    .collect(Collectors.toUnmodifiableSet());
            context.continuity.forget(groups);
            checkpoints.abandon(groups);
            uplink.dropWaiting(groups);
            commands.ownershipLost(groups);
        }
        status.ownershipChanged();
        for (AgentSession session : List.copyOf(context.liveByAgent.values())) {
            context.policies.assignedTo(session.agent()).forEach(group -> sessions.redirectIfElsewhere(session, group));
        }
    }

    /** Drives everything that depends on time; called several times a second. */
    public void tick() {
        sessions.tick();
        checkpoints.tick();
        commands.tick();
        status.tick();
    }

    /** Ends every session in order. */
    public void stop() {
        for (AgentSession session : List.copyOf(context.sessions)) {
            session.send(
                    Frames.reject(RouterError.ROUTER_STOPPING.name(), "the router is stopping", Duration.ofMillis(500)),
                    context.clock.nanos());
            sessions.end(session, SessionEnd.ROUTER_STOPPING);
        }
    }

    public int liveSessions() {
        return context.liveByAgent.size();
    }

    private void heartbeat(AgentSession session, Heartbeat heartbeat) {
        for (StreamReport report : heartbeat.getStreamsList()) {
            PgId pg = PgId.parse(report.getPgId());
            if (context.policies
                    .of(pg)
                    .filter(policy -> policy.assignedTo(session.agent()))
                    .isPresent()) {
                uplink.streamOf(session, new StreamId(session.agent(), pg)).reported(report);
            }
        }
    }

    private void inventory(AgentSession session, InventoryReport inventory) {
        session.reported(inventory);
        context.events.publish(AgentEvent.newBuilder()
                .setAgentId(session.agent().toString())
                .setAtMicros(context.clock.micros())
                .setInventory(inventory)
                .build());
    }

    private void machines(AgentSession session, MachinesReport machines) {
        context.events.publish(AgentEvent.newBuilder()
                .setAgentId(session.agent().toString())
                .setAtMicros(context.clock.micros())
                .setMachines(machines)
                .build());
    }

    private void screen(AgentSession session, MachineScreen screen) {
        context.events.publish(AgentEvent.newBuilder()
                .setAgentId(session.agent().toString())
                .setAtMicros(context.clock.micros())
                .setMachineScreen(screen)
                .build());
    }

    private void ownership(AgentSession session, OwnershipReport ownership) {
        context.events.publish(AgentEvent.newBuilder()
                .setAgentId(session.agent().toString())
                .setAtMicros(context.clock.micros())
                .setOwnership(ownership)
                .build());
    }

    private void sessionLive(AgentSession session) {
        commands.connected(session);
    }

    private void letGo(PgId pg) {
        uplink.letGo(pg);
    }

    private void sessionLost(AgentSession session) {
        uplink.sessionLost(session);
        session.streams().keySet().forEach(pg -> checkpoints.streamLost(new StreamId(session.agent(), pg)));
        status.lost(session);
        hashes.sessionLost(session);
    }
}
