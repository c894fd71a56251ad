package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.VmReport;
import io.holdfast.replicationrouter.policy.VmOwner;
import io.holdfast.replicationrouter.session.AgentIdentity;
import io.holdfast.replicationrouter.session.SessionState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One agent's session: its state, its connection and its streams. */
public final class AgentSession {
    private final AgentIdentity identity;
    private final AgentConnection connection;
    private final Map<PgId, SessionStream> streams = new HashMap<>();
    private final Set<PgId> known = new HashSet<>();
    private final Map<PgId, String> redirected = new HashMap<>();
    private SessionState state;
    private long lastSentNanos;
    private boolean assignmentsDue;
    /** As last sent in this session. */
    private Optional<List<VmOwner>> owners = Optional.empty();

    /** The VMs of the agent's host whose specification is known, as last reported in this session. */
    private List<VmReport> machines = List.of();

    AgentSession(AgentIdentity identity, AgentConnection connection, long nowNanos) {
        this.identity = identity;
        this.connection = connection;
        this.state = new SessionState.AwaitingHello(identity, nowNanos);
        this.lastSentNanos = nowNanos;
    }

    public AgentId agent() {
        return identity.agent();
    }

    AgentIdentity identity() {
        return identity;
    }

    SessionState state() {
        return state;
    }

    void enter(SessionState next) {
        state = next;
    }

    boolean live() {
        return state instanceof SessionState.Live;
    }

    boolean ended() {
        return state instanceof SessionState.Ended;
    }

    AgentConnection connection() {
        return connection;
    }

    void send(RouterFrame frame, long nowNanos) {
        lastSentNanos = nowNanos;
        connection.send(frame);
    }

    long lastSentNanos() {
        return lastSentNanos;
    }

    /** Streams by group; a group that was assigned later has none until its first batch. */
    Map<PgId, SessionStream> streams() {
        return streams;
    }

    /** Groups that this session was told of, or came with: a batch of one that is gone is late and no offence. */
    Set<PgId> known() {
        return known;
    }

    /** Groups whose redirect was sent, and where to. */
    Map<PgId, String> redirected() {
        return redirected;
    }

    void reported(InventoryReport inventory) {
        machines = inventory.getVmsList().stream().filter(VmReport::hasMachine).toList();
    }

    List<VmReport> machines() {
        return machines;
    }

    /** Whether these ownerships were not what was sent last; they are then. Nothing was sent at first, so none at all are news, too. */
    boolean isNews(List<VmOwner> now) {
        boolean news = owners.filter(now::equals).isEmpty();
        owners = Optional.of(now);
        return news;
    }

    boolean assignmentsDue() {
        return assignmentsDue;
    }

    void assignmentsDue(boolean due) {
        assignmentsDue = due;
    }
}
