package io.holdfast.replicationrouter.adapter.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.holdfast.changestream.Batches;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.AgentLinkGrpc;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.replicationrouter.runtime.AgentSession;
import io.holdfast.replicationrouter.runtime.InboundFrame;
import io.holdfast.replicationrouter.runtime.Router;
import io.holdfast.replicationrouter.session.AgentIdentity;
import io.holdfast.replicationrouter.session.RouterError;
import io.holdfast.replicationrouter.session.SessionEnd;
import java.util.concurrent.Executor;

/**
 * Brings frames to the router. Batches are checked on the connection's thread; everything else happens on the loop, in
 * the order of the connection. The next frame is asked for by the router, one at a time.
 */
final class AgentLinkEndpoint extends AgentLinkGrpc.AgentLinkImplBase {
    /** What fits a record of topic agent-events (Kafka's default limit of 1 MiB) with room for the rest of the event. */
    private static final int MAX_INVENTORY_BYTES = 768 << 10;

    private static final int MAX_MACHINES_BYTES = 256 << 10;
    /** The picture, as machine.proto bounds it, and what stands beside it. */
    private static final int MAX_SCREEN_BYTES = (128 << 10) + 256;

    private final Router router;
    private final Executor loop;

    AgentLinkEndpoint(Router router, Executor loop) {
        this.router = router;
        this.loop = loop;
    }

    @Override
    public StreamObserver<AgentFrame> session(StreamObserver<RouterFrame> responses) {
        ServerCallStreamObserver<RouterFrame> call = (ServerCallStreamObserver<RouterFrame>) responses;
        call.disableAutoRequest();
        AgentIdentity identity = PeerIdentity.KEY.get();
        Arrival arrival = Arrival.KEY.get();
        Incoming incoming = new Incoming();
        call.setOnReadyHandler(() -> incoming.later(router::writable));
        call.setOnCancelHandler(() -> incoming.later(session -> router.closed(session, SessionEnd.CONNECTION_LOST)));
        loop.execute(() -> incoming.session = router.connected(identity, new GrpcConnection(call, arrival)));
        return incoming;
    }

    /** Judges what can be judged without state. */
    static InboundFrame read(AgentFrame frame) {
        try {
            return switch (frame.getFrameCase()) {
                case HELLO -> new InboundFrame.Greets(frame.getHello());
                case BATCH -> new InboundFrame.Carries(Batches.check(frame.getBatch()), frame.getBatch());
                case HEARTBEAT -> new InboundFrame.Beats(frame.getHeartbeat());
                case INVENTORY ->
                    frame.getInventory().getSerializedSize() > MAX_INVENTORY_BYTES
                            ? violation("an inventory report has at most %d bytes".formatted(MAX_INVENTORY_BYTES))
                            : new InboundFrame.Reports(frame.getInventory());
                case MACHINES ->
                    frame.getMachines().getSerializedSize() > MAX_MACHINES_BYTES
                            ? violation("a report of machines has at most %d bytes".formatted(MAX_MACHINES_BYTES))
                            : new InboundFrame.Runs(frame.getMachines());
                case OWNERSHIP ->
                    frame.getOwnership().getSerializedSize() > MAX_MACHINES_BYTES
                            ? violation("a report of ownership has at most %d bytes".formatted(MAX_MACHINES_BYTES))
                            : new InboundFrame.Fences(frame.getOwnership());
                case MACHINE_SCREEN ->
                    frame.getMachineScreen().getSerializedSize() > MAX_SCREEN_BYTES
                            ? violation("a picture of a display has at most %d bytes".formatted(MAX_SCREEN_BYTES))
                            : new InboundFrame.Shows(frame.getMachineScreen());
                case HASH_REQUEST -> new InboundFrame.Asks(frame.getHashRequest());
                case COMMAND_RESULT -> new InboundFrame.Answers(frame.getCommandResult());
                case HELD -> new InboundFrame.Holds(frame.getHeld());
                case HOLD_ENDED -> new InboundFrame.EndsHold(frame.getHoldEnded());
                case FROZEN -> new InboundFrame.Freezes(frame.getFrozen());
                case THAWED -> new InboundFrame.Thaws(frame.getThawed());
                case FRAME_NOT_SET -> violation("a frame holds nothing that protocol version 1 knows");
            };
        } catch (HoldfastException malformed) {
            return new InboundFrame.Malformed(malformed);
        }
    }

    private static InboundFrame violation(String message) {
        return new InboundFrame.Malformed(new HoldfastException(RouterError.PROTOCOL_VIOLATION, message));
    }

    private final class Incoming implements StreamObserver<AgentFrame> {
        /** Set by the first step on the loop; later steps come behind it. */
        private AgentSession session;

        private void later(java.util.function.Consumer<AgentSession> step) {
            loop.execute(() -> step.accept(session));
        }

        @Override
        public void onNext(AgentFrame frame) {
            InboundFrame read = read(frame);
            later(s -> router.frame(s, read));
        }

        @Override
        public void onError(Throwable cause) {
            later(s -> router.closed(s, SessionEnd.CONNECTION_LOST));
        }

        @Override
        public void onCompleted() {
            later(s -> router.closed(s, SessionEnd.AGENT_CLOSED));
        }
    }
}
