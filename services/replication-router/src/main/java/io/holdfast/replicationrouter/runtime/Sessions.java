package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.Hello;
import io.holdfast.proto.v1.SessionClosed;
import io.holdfast.proto.v1.SessionOpened;
import io.holdfast.proto.v1.SessionRejected;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.policy.VmOwner;
import io.holdfast.replicationrouter.session.Admission;
import io.holdfast.replicationrouter.session.Greeting;
import io.holdfast.replicationrouter.session.RouterError;
import io.holdfast.replicationrouter.session.SessionEnd;
import io.holdfast.replicationrouter.session.SessionState;
import io.holdfast.replicationrouter.stream.StreamCursor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Opens, watches and ends sessions; the one place where a session changes its state. */
final class Sessions {
    private static final Logger LOG = Logger.getLogger(Sessions.class);
    /** A duplicate or a wrong identity does not mend itself soon; a hot retry loop would only fill logs. */
    private static final Duration RETRY_AFTER_REFUSAL = Duration.ofSeconds(10);

    private static final Duration RETRY_SOON = Duration.ofSeconds(1);
    private static final int MAX_STREAMS_IN_HELLO = 4096;

    private final RouterContext context;
    private final Consumer<AgentSession> onLive;
    private final Consumer<AgentSession> onLost;

    /**
     * @param onLive called after Welcome and Assignments
     * @param onLost called when a live session has ended
     */
    Sessions(RouterContext context, Consumer<AgentSession> onLive, Consumer<AgentSession> onLost) {
        this.context = context;
        this.onLive = onLive;
        this.onLost = onLost;
    }

    AgentSession open(io.holdfast.replicationrouter.session.AgentIdentity identity, AgentConnection connection) {
        AgentSession session = new AgentSession(identity, connection, context.clock.nanos());
        context.sessions.add(session);
        if (context.sessions.size() > 2 * context.settings.maxSessions()) {
            reject(session, RouterError.TOO_MANY_SESSIONS, "too many connections wait for their Hello", "");
        } else {
            connection.grant();
        }
        return session;
    }

    void hello(AgentSession session, Hello hello) {
        if (!(session.state() instanceof SessionState.AwaitingHello awaiting)) {
            reject(session, RouterError.PROTOCOL_VIOLATION, "Hello came twice in one session", hello.getInstanceId());
            return;
        }
        Optional<Admission.Refused> version = Admission.checkVersion(hello.getProtocolVersion());
        if (version.isPresent()) {
            reject(session, version.get().code(), version.get().message(), hello.getInstanceId());
            return;
        }
        Greeting greeting;
        try {
            greeting = read(hello);
        } catch (HoldfastException malformed) {
            reject(session, RouterError.PROTOCOL_VIOLATION, malformed.getMessage(), hello.getInstanceId());
            return;
        }
        Optional<AgentSession> existing = context.liveSession(session.agent());
        Optional<String> existingInstance = existing.map(Sessions::instanceOf);
        switch (Admission.decide(
                session.identity(),
                greeting,
                existingInstance,
                context.liveByAgent.size(),
                context.settings.maxSessions())) {
            case Admission.Refused refused -> reject(session, refused.code(), refused.message(), greeting.instance());
            case Admission.Admitted admitted -> {
                existing.ifPresent(older -> end(older, SessionEnd.REPLACED));
                admit(session, awaiting.admitted(greeting, context.clock.nanos()));
            }
        }
    }

    private void admit(AgentSession session, SessionState.Live live) {
        session.enter(live);
        context.liveByAgent.put(session.agent(), session);
        context.meters.sessionOpened();
        LOG.infof(
                "Session of agent %s opened: host %s, instance %s, software %s, %d streams",
                session.agent(),
                live.greeting().hostName(),
                live.greeting().instance(),
                live.greeting().softwareVersion(),
                live.greeting().streams().size());
        publish(
                session,
                event -> event.setSessionOpened(SessionOpened.newBuilder()
                        .setSiteId(live.greeting().site().toString())
                        .setHostId(live.greeting().host().toString())
                        .setHostName(live.greeting().hostName())
                        .setInstanceId(live.greeting().instance())
                        .setRouterId(context.settings.routerId())
                        .setSoftwareVersion(live.greeting().softwareVersion())));
        session.send(
                Frames.welcome(
                        context.settings.routerId(),
                        context.settings.heartbeatInterval(),
                        context.credits.begin(session)),
                now());
        context.continuity.forgetResets(stream -> stream.agent().equals(session.agent()));
        resumeStreams(session, live.greeting());
        assign(session);
        onLive.accept(session);
    }

    private void resumeStreams(AgentSession session, Greeting greeting) {
        for (Greeting.Resume resume : greeting.streams()) {
            StreamId stream = new StreamId(session.agent(), resume.pg());
            StreamCursor cursor = context.continuity.resume(stream, resume.epoch(), resume.next());
            session.known().add(resume.pg());
            session.streams().put(resume.pg(), new SessionStream(cursor));
            if (cursor instanceof StreamCursor.Broken broken) {
                LOG.warnf(
                        "Stream %s cannot go on at epoch %s seq %s: Kafka or the journal know otherwise (%s); a new epoch is asked for",
                        stream, resume.epoch(), resume.next(), context.continuity.confirmed(stream));
                session.send(Frames.reset(resume.pg(), broken.epoch(), Frames.ResetReason.STREAM_GAP), now());
                context.meters.streamReset(Frames.ResetReason.STREAM_GAP.name());
            }
        }
    }

    /** Sends who owns the agent's machines when that is news, all that it has to replicate, and redirects for what another router takes. */
    void assign(AgentSession session) {
        if (!session.connection().ready()) {
            session.assignmentsDue(true);
            return;
        }
        session.assignmentsDue(false);
        List<VmOwner> owners = context.policies.ownersFor(session.agent());
        if (session.isNews(owners)) {
            session.send(Frames.ownerships(owners), now());
        }
        List<GroupPolicy> groups = context.policies.assignedTo(session.agent());
        session.streams()
                .keySet()
                .removeIf(pg -> session.live()
                        && groups.stream().noneMatch(group -> group.pg().equals(pg)));
        groups.forEach(group -> session.known().add(group.pg()));
        session.send(Frames.assignments(session.agent(), groups, context.settings.linkRate()), now());
        groups.forEach(group -> redirectIfElsewhere(session, group));
    }

    /** Tells the agent, once per address, where the group's changes are taken when that is known and elsewhere. */
    boolean redirectIfElsewhere(AgentSession session, GroupPolicy group) {
        Optional<String> elsewhere = context.ownership.elsewhere(group.partition());
        if (elsewhere.isEmpty()) {
            session.redirected().remove(group.pg());
            return false;
        }
        if (!elsewhere.get().equals(session.redirected().put(group.pg(), elsewhere.get()))) {
            session.send(Frames.redirect(group.pg(), elsewhere.get()), now());
        }
        return true;
    }

    void heard(AgentSession session) {
        if (session.state() instanceof SessionState.Live live) {
            session.enter(live.heard(now()));
        }
    }

    /** The connection is gone or closed by the agent; nothing happens when the router has ended the session before. */
    void closed(AgentSession session, SessionEnd reason) {
        end(session, reason);
    }

    void reject(AgentSession session, RouterError code, String message) {
        reject(session, code.name(), message, instanceOf(session), retryAfter(code));
    }

    void reject(AgentSession session, RouterError code, String message, String instance) {
        reject(session, code.name(), message, instance, retryAfter(code));
    }

    /** Ends the session with a stable code, publishes and counts it. */
    void reject(AgentSession session, String code, String message, String instance, Duration retryAfter) {
        if (session.ended()) {
            return;
        }
        LOG.warnf("Session of agent %s refused: %s: %s", session.agent(), code, message);
        context.meters.rejected(code);
        publish(
                session,
                event -> event.setSessionRejected(SessionRejected.newBuilder()
                        .setCode(code)
                        .setMessage(message)
                        .setInstanceId(printable(instance))));
        session.send(Frames.reject(code, message, retryAfter), now());
        end(session, SessionEnd.REJECTED);
    }

    void end(AgentSession session, SessionEnd reason) {
        SessionState before = session.state();
        switch (before) {
            case SessionState.Ended over -> {
                return;
            }
            case SessionState.AwaitingHello awaiting -> session.enter(awaiting.ended(reason));
            case SessionState.Live live -> session.enter(live.ended(reason));
        }
        context.sessions.remove(session);
        context.budget.leave(session);
        context.credits.end(session);
        session.connection().finish();
        if (before instanceof SessionState.Live live) {
            context.liveByAgent.remove(session.agent(), session);
            context.meters.sessionClosed(reason.name());
            LOG.infof("Session of agent %s ended: %s", session.agent(), reason);
            publish(
                    session,
                    event -> event.setSessionClosed(SessionClosed.newBuilder()
                            .setInstanceId(live.greeting().instance())
                            .setRouterId(context.settings.routerId())
                            .setReason(reason.name())));
            onLost.accept(session);
        }
    }

    /** Ends what is dead, repeats assignments to agents that have heard nothing for an interval. */
    void tick() {
        long nowNanos = now();
        Duration interval = context.settings.heartbeatInterval();
        for (AgentSession session : List.copyOf(context.sessions)) {
            switch (session.state()) {
                case SessionState.AwaitingHello awaiting -> {
                    if (awaiting.overdue(nowNanos, context.settings.helloTimeout())) {
                        reject(session, RouterError.PROTOCOL_VIOLATION, "no Hello came in time", "");
                    }
                }
                case SessionState.Live live -> {
                    // An agent that the budget holds back cannot speak; the connection's own keep-alive watches it.
                    if (context.budget.isWaiting(session)) {
                        heard(session);
                    } else if (live.heardAtLeastAt(session.connection().receivedAtNanos())
                            .silent(nowNanos, interval)) {
                        end(session, SessionEnd.HEARTBEAT_MISSED);
                        continue;
                    }
                    // The agent takes three silent intervals for a dead router, also when there is nothing to say.
                    if (session.assignmentsDue() || nowNanos - session.lastSentNanos() >= interval.toNanos()) {
                        assign(session);
                    }
                }
                case SessionState.Ended over -> {}
            }
        }
    }

    private void publish(AgentSession session, Consumer<AgentEvent.Builder> body) {
        AgentEvent.Builder event =
                AgentEvent.newBuilder().setAgentId(session.agent().toString()).setAtMicros(context.clock.micros());
        body.accept(event);
        context.events.publish(event.build());
    }

    private long now() {
        return context.clock.nanos();
    }

    private static Duration retryAfter(RouterError code) {
        return code.blame().retryable() ? RETRY_SOON : RETRY_AFTER_REFUSAL;
    }

    static String instanceOf(AgentSession session) {
        return session.state() instanceof SessionState.Live live
                ? live.greeting().instance()
                : "";
    }

    private static String printable(String text) {
        return text.length() > 64 ? text.substring(0, 64) : text;
    }

    private static Greeting read(Hello hello) {
        if (hello.getStreamsCount() > MAX_STREAMS_IN_HELLO) {
            throw new HoldfastException(
                    RouterError.PROTOCOL_VIOLATION,
                    "Hello names %d streams; at most %d are allowed"
                            .formatted(hello.getStreamsCount(), MAX_STREAMS_IN_HELLO));
        }
        return new Greeting(
                hello.getProtocolVersion(),
                SiteId.parse(hello.getSiteId()),
                AgentId.parse(hello.getAgentId()),
                HostId.parse(hello.getHostId()),
                hello.getHostName(),
                hello.getSoftwareVersion(),
                hello.getInstanceId(),
                hello.getStreamsList().stream()
                        .map(stream -> {
                            if (stream.getEpoch() < 0 || stream.getNextSeq() < 0) {
                                throw new HoldfastException(
                                        RouterError.PROTOCOL_VIOLATION, "an epoch or seq in Hello is over 2^63");
                            }
                            return new Greeting.Resume(
                                    PgId.parse(stream.getPgId()),
                                    new Epoch(stream.getEpoch()),
                                    new Seq(stream.getNextSeq()));
                        })
                        .toList());
    }
}
