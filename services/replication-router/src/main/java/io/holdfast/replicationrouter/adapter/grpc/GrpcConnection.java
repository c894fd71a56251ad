package io.holdfast.replicationrouter.adapter.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.replicationrouter.runtime.AgentConnection;

/** One call of AgentLink.Session. All methods are called on the router's loop. */
final class GrpcConnection implements AgentConnection {
    private final ServerCallStreamObserver<RouterFrame> call;
    private final Arrival arrival;
    private boolean finished;

    GrpcConnection(ServerCallStreamObserver<RouterFrame> call, Arrival arrival) {
        this.call = call;
        this.arrival = arrival;
    }

    @Override
    public long receivedAtNanos() {
        return arrival.newestNanos();
    }

    @Override
    public void send(RouterFrame frame) {
        if (!finished && !call.isCancelled()) {
            call.onNext(frame);
        }
    }

    @Override
    public boolean ready() {
        return !finished && call.isReady();
    }

    @Override
    public void grant() {
        if (!finished) {
            call.request(1);
        }
    }

    @Override
    public void finish() {
        if (!finished) {
            finished = true;
            if (!call.isCancelled()) {
                call.onCompleted();
            }
        }
    }
}
