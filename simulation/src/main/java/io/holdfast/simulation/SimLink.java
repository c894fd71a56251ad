package io.holdfast.simulation;

import io.holdfast.changestream.Batches;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.replicationrouter.runtime.AgentConnection;
import io.holdfast.replicationrouter.runtime.AgentSession;
import io.holdfast.replicationrouter.runtime.InboundFrame;
import java.util.ArrayDeque;
import java.util.Deque;

/** One connection: frames in order both ways, each delayed for as long as the schedule likes, all lost when the connection is. */
final class SimLink implements AgentConnection {
    private static final int MOST_UNDERWAY = 6;

    private final SimRouter router;
    private final Deque<AgentFrame> up = new ArrayDeque<>();
    private final Deque<RouterFrame> down = new ArrayDeque<>();
    private AgentSession session;
    private int grants;
    private boolean open = true;

    SimLink(SimRouter router) {
        this.router = router;
    }

    void session(AgentSession opened) {
        session = opened;
    }

    AgentSession session() {
        return session;
    }

    boolean isOpen() {
        return open;
    }

    /** Whether the transport takes another frame of the agent. */
    boolean takesFrames() {
        return open && up.size() < MOST_UNDERWAY;
    }

    void sendUp(AgentFrame frame) {
        up.add(frame);
    }

    /** False: nothing is on its way, or the router does not take it yet. */
    boolean deliverUp() {
        if (!open || grants == 0 || up.isEmpty()) {
            return false;
        }
        grants--;
        router.frame(session, inbound(up.poll()));
        return true;
    }

    private static InboundFrame inbound(AgentFrame frame) {
        try {
            return switch (frame.getFrameCase()) {
                case HELLO -> new InboundFrame.Greets(frame.getHello());
                case BATCH -> new InboundFrame.Carries(Batches.check(frame.getBatch()), frame.getBatch());
                case HASH_REQUEST -> new InboundFrame.Asks(frame.getHashRequest());
                case HEARTBEAT -> new InboundFrame.Beats(frame.getHeartbeat());
                default -> throw new IllegalArgumentException("the simulation has no frame " + frame.getFrameCase());
            };
        } catch (HoldfastException malformed) {
            return new InboundFrame.Malformed(malformed);
        }
    }

    /** The next frame for the agent, or null. What the router sent before it closed still arrives. */
    RouterFrame deliverDown() {
        boolean wasReady = ready();
        RouterFrame frame = down.poll();
        if (open && !wasReady && ready()) {
            router.writable(session);
        }
        return frame;
    }

    /** Both sides notice at once; what was on its way is gone. */
    void lose() {
        boolean wasOpen = open;
        open = false;
        up.clear();
        down.clear();
        if (wasOpen && session != null) {
            router.closed(session);
        }
    }

    @Override
    public void send(RouterFrame frame) {
        if (open) {
            down.add(frame);
        }
    }

    @Override
    public boolean ready() {
        return down.size() < MOST_UNDERWAY;
    }

    @Override
    public long receivedAtNanos() {
        return router.nanos();
    }

    @Override
    public void grant() {
        grants++;
    }

    @Override
    public void finish() {
        open = false;
    }
}
