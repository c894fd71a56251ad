package io.holdfast.journalstore.adapter.relay;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.holdfast.journalstore.relay.RelayStream;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.AgentLinkGrpc;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.RouterFrame;
import io.netty.channel.ChannelOption;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One session of the relay with one router of a target. The thread that {@link #run}s it carries out everything; frames of the router wait for
 * it in a queue of {@value #INBOUND_FRAMES}, and one more ends the session.
 */
final class TargetSession implements ClientResponseObserver<AgentFrame, RouterFrame> {
    private static final int INBOUND_FRAMES = 4096;
    private static final int MAX_FRAME_BYTES = 4 << 20;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    /** New checkpoints are looked for this often when nothing else wakes the session. */
    private static final long LOOK_MILLIS = 200;

    private static final Duration SLOW_LOOK = Duration.ofSeconds(1);
    /** What is offered is said again: the target may not have taken it while the VM was attached elsewhere. */
    private static final Duration OFFER_AGAIN = Duration.ofSeconds(30);

    private static final Duration GOODBYE = Duration.ofSeconds(2);

    /** How a session ended. */
    record End(
            String code,
            String message,
            Duration retryAfter,
            boolean welcomed,
            Optional<RelayTarget.Address> elsewhere) {}

    private final RelayTarget.Address address;
    private final TargetGroups groups;
    private final Supplier<InventoryReport> inventory;
    private final long unackedLimitBytes;
    private final Consumer<TargetGroups> changed;
    private final BlockingQueue<RouterFrame> inbound = new ArrayBlockingQueue<>(INBOUND_FRAMES);
    private final AtomicReference<End> end = new AtomicReference<>();
    private volatile ClientCallStreamObserver<AgentFrame> call;
    private volatile long lastFrameAtNanos = System.nanoTime();
    private volatile long heartbeatNanos;
    private long nextHeartbeatAtNanos;
    private long nextSlowLookAtNanos;
    private long credit = Long.MAX_VALUE;
    private long lastRequest;
    private InventoryReport reported;
    private long reportedAtNanos;

    TargetSession(
            RelayTarget.Address address,
            TargetGroups groups,
            Supplier<InventoryReport> inventory,
            long unackedLimitBytes,
            Consumer<TargetGroups> changed) {
        this.address = address;
        this.groups = groups;
        this.inventory = inventory;
        this.unackedLimitBytes = unackedLimitBytes;
        this.changed = changed;
    }

    /** Runs the session to its end. */
    End run(RelayTarget target, AgentFrame hello) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(address.host(), address.port())
                .sslContext(target.tls())
                .maxInboundMessageSize(MAX_FRAME_BYTES)
                // Six bits of the byte; the other two are the network's.
                .withOption(ChannelOption.IP_TOS, target.mark().trafficClass())
                .build();
        try {
            AgentLinkGrpc.newStub(channel).session(this);
            call.onNext(hello);
            untilEnd();
            call.cancel(end.get().message(), null);
            return end.get();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return new End("RELAY_STOPPED", "the relay stops", Duration.ZERO, heartbeatNanos != 0, Optional.empty());
        } finally {
            groups.close();
            close(channel);
        }
    }

    private static void close(ManagedChannel channel) {
        channel.shutdown();
        try {
            if (!channel.awaitTermination(GOODBYE.toMillis(), TimeUnit.MILLISECONDS)) {
                channel.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            channel.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void untilEnd() throws InterruptedException {
        long startedAt = System.nanoTime();
        boolean sent = false;
        while (end.get() == null) {
            RouterFrame frame = sent ? inbound.poll() : inbound.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            while (frame != null && end.get() == null) {
                take(frame);
                frame = inbound.poll();
            }
            long now = System.nanoTime();
            if (heartbeatNanos == 0) {
                if (now - startedAt > CONNECT_TIMEOUT.toNanos()) {
                    finish(
                            "CONNECT_TIMEOUT",
                            "no Welcome from " + address + " within " + CONNECT_TIMEOUT,
                            Duration.ZERO);
                }
            } else if (end.get() == null) {
                sent = work(now);
            }
        }
    }

    /** @return whether a batch was sent: there may be another */
    private boolean work(long now) {
        long silent = now - lastFrameAtNanos;
        if (silent > 3 * heartbeatNanos) {
            finish(
                    "HEARTBEAT_MISSED",
                    "no frame from " + address + " for " + silent / 1_000_000 + " ms",
                    Duration.ZERO);
            return false;
        }
        if (!call.isReady()) {
            return false;
        }
        try {
            if (now - nextSlowLookAtNanos >= 0) {
                slowLook();
                nextSlowLookAtNanos = now + SLOW_LOOK.toNanos();
            }
            if (now - nextHeartbeatAtNanos >= 0) {
                heartbeat();
                nextHeartbeatAtNanos = now + heartbeatNanos;
            }
            return sendBatches();
        } catch (HoldfastException unreadable) {
            finish(unreadable.code().name(), unreadable.getMessage(), SLOW_LOOK);
            return false;
        }
    }

    private void slowLook() {
        groups.findJournals();
        groups.all().forEach(one -> one.stream().save());
        InventoryReport now = inventory.get();
        if (!now.equals(reported) || System.nanoTime() - reportedAtNanos >= OFFER_AGAIN.toNanos()) {
            reported = now;
            reportedAtNanos = System.nanoTime();
            call.onNext(AgentFrame.newBuilder().setInventory(now).build());
        }
        changed.accept(groups);
    }

    private void heartbeat() {
        long micros = ChronoUnit.MICROS.between(
                java.time.Instant.EPOCH, Clock.systemUTC().instant());
        call.onNext(RelayFrames.heartbeat(
                micros,
                groups.all().stream()
                        .map(one -> RelayFrames.report(one.stream(), one.volumes(), unackedLimitBytes))
                        .toList()));
    }

    private boolean sendBatches() {
        boolean sent = false;
        for (TargetGroups.Relayed one : groups.all()) {
            if (!call.isReady() || credit <= 0) {
                return sent;
            }
            Optional<ChangeBatch> batch = one.stream().next(one.codec());
            one.stream()
                    .question(() -> ++lastRequest)
                    .ifPresent(question -> call.onNext(
                            AgentFrame.newBuilder().setHashRequest(question).build()));
            if (batch.isPresent()) {
                credit -= credit == Long.MAX_VALUE ? 0 : batch.get().getBody().size();
                call.onNext(AgentFrame.newBuilder().setBatch(batch.get()).build());
                sent = true;
            }
        }
        return sent;
    }

    private void take(RouterFrame frame) {
        try {
            if (heartbeatNanos == 0 && !frame.hasWelcome() && !frame.hasReject()) {
                throw new IllegalArgumentException("before Welcome");
            }
            switch (frame.getFrameCase()) {
                case WELCOME -> {
                    long millis = Math.clamp(frame.getWelcome().getHeartbeatIntervalMs(), 100, 60_000);
                    credit = frame.getWelcome().getCreditBytes() == 0
                            ? Long.MAX_VALUE
                            : frame.getWelcome().getCreditBytes();
                    heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(millis);
                    nextHeartbeatAtNanos = System.nanoTime();
                    nextSlowLookAtNanos = nextHeartbeatAtNanos;
                }
                case REJECT -> {
                    long millis =
                            Math.min(Integer.toUnsignedLong(frame.getReject().getRetryAfterMs()), 600_000);
                    finish(frame.getReject().getCode(), frame.getReject().getMessage(), Duration.ofMillis(millis));
                }
                case ACK ->
                    stream(frame.getAck().getPgId())
                            .ifPresent(stream -> stream.ack(
                                    new Epoch(frame.getAck().getEpoch()),
                                    new Seq(frame.getAck().getSeq())));
                case ASSIGNMENTS -> groups.assign(frame.getAssignments().getGroupsList());
                case CUT_MARKER ->
                    stream(frame.getCutMarker().getPgId())
                            .ifPresent(stream -> stream.cut(
                                    CheckpointId.parse(frame.getCutMarker().getCheckpointId())));
                case RESET ->
                    stream(frame.getReset().getPgId())
                            .ifPresent(stream ->
                                    stream.reset(new Epoch(frame.getReset().getEpoch())));
                case RESEND ->
                    stream(frame.getResend().getPgId())
                            .ifPresent(stream -> stream.reset(stream.status().epoch()));
                case CREDIT ->
                    credit = credit == Long.MAX_VALUE
                            ? credit
                            : credit + frame.getCredit().getBytes();
                case COMMAND -> call.onNext(RelayFrames.refused(frame.getCommand()));
                case HOLD -> call.onNext(RelayFrames.notHeld(frame.getHold()));
                case FREEZE -> call.onNext(RelayFrames.notFrozen(frame.getFreeze()));
                case REDIRECT -> {
                    String to = frame.getRedirect().getRouterAddress();
                    String why = "the changes of group " + frame.getRedirect().getPgId() + " are taken by " + to;
                    Optional<RelayTarget.Address> elsewhere = Optional.of(RelayTarget.Address.parse(to));
                    end.compareAndSet(null, new End("REDIRECTED", why, Duration.ZERO, true, elsewhere));
                }
                case HASH_REPLY -> groups.all().forEach(one -> one.stream().answered(frame.getHashReply()));
                case OWNERSHIPS, RELEASE, THAW, FRAME_NOT_SET -> {
                    // A relay runs and serves no VM that could be fenced, and holds nothing that could be let go.
                }
            }
        } catch (HoldfastException | IllegalArgumentException malformed) {
            finish(
                    "PROTOCOL_VIOLATION",
                    "frame " + frame.getFrameCase() + ": " + malformed.getMessage(),
                    Duration.ofSeconds(10));
        }
    }

    private Optional<RelayStream> stream(String group) {
        return groups.of(PgId.parse(group)).map(TargetGroups.Relayed::stream);
    }

    /** Ends the session; the first reason counts. Any thread. */
    void finish(String code, String message, Duration retryAfter) {
        end.compareAndSet(null, new End(code, message, retryAfter, heartbeatNanos != 0, Optional.empty()));
    }

    boolean isWelcomed() {
        return heartbeatNanos != 0 && end.get() == null;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<AgentFrame> requests) {
        call = requests;
    }

    @Override
    public void onNext(RouterFrame frame) {
        lastFrameAtNanos = System.nanoTime();
        if (!inbound.offer(frame)) {
            finish("PROTOCOL_VIOLATION", "more than " + INBOUND_FRAMES + " frames wait", Duration.ofSeconds(1));
        }
    }

    @Override
    public void onError(Throwable failure) {
        Status status = Status.fromThrowable(failure);
        String cause = status.getCause() == null ? "" : ": " + status.getCause().getMessage();
        finish("CONNECTION_LOST", status.getCode() + " " + status.getDescription() + cause, Duration.ZERO);
    }

    @Override
    public void onCompleted() {
        finish("CONNECTION_LOST", "the router ended the session", Duration.ZERO);
    }
}
