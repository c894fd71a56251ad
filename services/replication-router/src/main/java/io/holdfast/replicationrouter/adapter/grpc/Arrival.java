package io.holdfast.replicationrouter.adapter.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;

/**
 * When the newest byte of a call arrived. A batch may take longer over a thin line than three heartbeats, and the heartbeats
 * stand behind it: bytes that arrive are a sign of life as good as a frame.
 */
final class Arrival extends ServerStreamTracer {
    static final Context.Key<Arrival> KEY = Context.key("arrival");

    private volatile long newestNanos = System.nanoTime();

    static Factory factory() {
        return new Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
                return new Arrival();
            }
        };
    }

    @Override
    public Context filterContext(Context context) {
        return context.withValue(KEY, this);
    }

    @Override
    public void inboundWireSize(long bytes) {
        newestNanos = System.nanoTime();
    }

    long newestNanos() {
        return newestNanos;
    }
}
