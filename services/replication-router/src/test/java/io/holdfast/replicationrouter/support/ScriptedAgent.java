package io.holdfast.replicationrouter.support;

import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.AgentLinkGrpc;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.Heartbeat;
import io.holdfast.proto.v1.Hello;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.StreamResume;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.proto.v1.VolumeReport;
import io.holdfast.replicationrouter.adapter.grpc.AgentLinkServer;
import io.holdfast.testkit.Eventually;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** An agent that does what a test tells it, over real gRPC and mutual TLS. Every frame of the router is kept. */
public final class ScriptedAgent implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ManagedChannel channel;
    private final ClientCallStreamObserver<AgentFrame> out;
    private final List<RouterFrame> frames = new CopyOnWriteArrayList<>();
    private volatile Throwable failure;
    private volatile boolean completed;
    private Thread beats;

    public ScriptedAgent(int port, AgentLinkServer.TlsFiles tls) {
        try {
            channel = NettyChannelBuilder.forAddress("localhost", port)
                    .sslContext(GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                            .keyManager(tls.certificate().toFile(), tls.key().toFile())
                            .trustManager(tls.trust().toFile())
                            .build())
                    .maxInboundMessageSize(8 << 20)
                    .build();
        } catch (java.io.IOException unusable) {
            throw new IllegalStateException(unusable);
        }
        out = (ClientCallStreamObserver<AgentFrame>)
                AgentLinkGrpc.newStub(channel).session(new Responses());
    }

    private final class Responses implements ClientResponseObserver<AgentFrame, RouterFrame> {
        @Override
        public void beforeStart(ClientCallStreamObserver<AgentFrame> call) {}

        @Override
        public void onNext(RouterFrame frame) {
            frames.add(frame);
        }

        @Override
        public void onError(Throwable cause) {
            failure = cause;
        }

        @Override
        public void onCompleted() {
            completed = true;
        }
    }

    public static Hello.Builder hello(SiteId site, AgentId agent, String instance, StreamResume... streams) {
        return Hello.newBuilder()
                .setProtocolVersion(1)
                .setSiteId(site.toString())
                .setAgentId(agent.toString())
                .setHostId(new HostId(new UUID(7, 7)).toString())
                .setHostName("host-7")
                .setSoftwareVersion("test")
                .setInstanceId(instance)
                .addAllStreams(Arrays.asList(streams));
    }

    public void send(Hello.Builder hello) {
        send(AgentFrame.newBuilder().setHello(hello).build());
    }

    public void send(ChangeBatch batch) {
        send(AgentFrame.newBuilder().setBatch(batch).build());
    }

    public synchronized void send(AgentFrame frame) {
        out.onNext(frame);
    }

    /** Sends heartbeats without reports from now on, as long as the connection takes them. */
    public ScriptedAgent beating(Duration interval) {
        beats = Thread.ofVirtual().start(() -> {
            try {
                while (!ended()) {
                    if (ready()) {
                        send(AgentFrame.newBuilder()
                                .setHeartbeat(Heartbeat.getDefaultInstance())
                                .build());
                    }
                    TimeUnit.NANOSECONDS.sleep(interval.toNanos());
                }
            } catch (InterruptedException | IllegalStateException over) {
                // The session is over.
            }
        });
        return this;
    }

    /** Whether the connection takes more without piling it up here. */
    public boolean ready() {
        return out.isReady();
    }

    public void heartbeat(PgId pg, long epoch, SyncState state, VolumeId... volumes) {
        StreamReport.Builder report =
                StreamReport.newBuilder().setPgId(pg.toString()).setEpoch(epoch);
        for (VolumeId volume : volumes) {
            report.addVolumes(
                    VolumeReport.newBuilder().setVolumeId(volume.toString()).setState(state));
        }
        send(AgentFrame.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().addStreams(report))
                .build());
    }

    public void finish() {
        out.onCompleted();
    }

    public List<RouterFrame> frames() {
        return List.copyOf(frames);
    }

    /** Highest acknowledged seq of the epoch; 0 = none. */
    public long acked(PgId pg, long epoch) {
        return frames.stream()
                .filter(RouterFrame::hasAck)
                .map(RouterFrame::getAck)
                .filter(ack -> ack.getPgId().equals(pg.toString()) && ack.getEpoch() == epoch)
                .mapToLong(io.holdfast.proto.v1.Ack::getSeq)
                .max()
                .orElse(0);
    }

    public RouterFrame await(String what, Predicate<RouterFrame> wanted) {
        Eventually.await(what, PATIENCE, () -> frames.stream().anyMatch(wanted), this::evidence);
        return frames.stream().filter(wanted).findFirst().orElseThrow();
    }

    public void awaitAck(PgId pg, long epoch, long seq) {
        Eventually.await(
                "seq %d:%d is acknowledged".formatted(epoch, seq),
                PATIENCE,
                () -> acked(pg, epoch) >= seq,
                this::evidence);
    }

    /** Waits until the session is over and returns the code of the Reject that ended it; empty without one. */
    public String awaitEnd() {
        Eventually.await("the session ends", PATIENCE, () -> completed || failure != null, this::evidence);
        return frames.stream()
                .filter(RouterFrame::hasReject)
                .map(frame -> frame.getReject().getCode())
                .findFirst()
                .orElse("");
    }

    public boolean ended() {
        return completed || failure != null;
    }

    public Throwable failure() {
        return failure;
    }

    private String evidence() {
        return "frames %s, completed %s, failure %s".formatted(frames, completed, failure);
    }

    /** Breaks the connection without a word. */
    @Override
    public void close() {
        if (beats != null) {
            beats.interrupt();
        }
        channel.shutdownNow();
        try {
            channel.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
