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
import io.holdfast.replicationagent.hosting.GroupAssignment;
import io.holdfast.replicationagent.machine.Screen;
import io.holdfast.replicationagent.ownership.Ownership;
import io.holdfast.replicationagent.quiesce.GuestQuiescence;
import io.holdfast.replicationagent.stream.Hold;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.uplink.RouterAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a session needs from the agent. The calls that change something are queued for the agent's control thread and return at
 * once; false: the queue is full, and the session ends rather than lose an order.
 *
 * <p>Threads: any.
 */
interface SessionHost {
    /** Streams that this session carries. */
    Collection<ReplicationStream> streams();

    Optional<ReplicationStream> stream(PgId pg);

    /** Hashes of a replica came, or why they do not. */
    void hashes(HashReply reply);

    boolean resend(ResendRange order);

    AgentFrame hello();

    AgentFrame inventory();

    /** Changes when the inventory does. */
    long inventoryVersion();

    /** The machines that this host runs for recovery runs, whole. */
    AgentFrame machines();

    /** Changes when that does. */
    long machinesVersion();

    /** Pictures of machines with a greater number than this, in the order in which they were taken. */
    List<Screen> screens(long after);

    /** A router says who owns this host's machines. */
    boolean ownerships(RouterSession session, Map<VmId, Ownership> told);

    /** What has become of ownerships, whole. */
    AgentFrame ownership();

    /** Changes when that does. */
    long ownershipVersion();

    /** @param linkRate of everything that the agent sends to this site */
    boolean assign(List<GroupAssignment> groups, RateLimit linkRate);

    /** Rates of the line that all sessions share. */
    LinkLimits limits();

    /** What compression may cost now. */
    Packing effort();

    boolean reset(PgId pg, Epoch useless, String reason);

    boolean command(RouterSession session, AgentCommand command);

    boolean redirect(PgId pg, RouterAddress to);

    /** A hold of completions has ended. */
    void holdEnded(Hold hold, Hold.End how);

    /** Freezes and thaws guests; does not wait for them. */
    GuestQuiescence quiescence();
}
