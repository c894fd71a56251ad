package io.holdfast.replicationagent.adapter.grpc;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.holdfast.changestream.Batches;
import io.holdfast.changestream.Packing;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.AgentLinkGrpc;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.replicationagent.flow.Credit;
import io.holdfast.replicationagent.flow.PackingTrial;
import io.holdfast.replicationagent.flow.SendTurns;
import io.holdfast.replicationagent.machine.Screen;
import io.holdfast.replicationagent.stream.OutgoingBatch;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.uplink.LinkSettings;
import io.holdfast.replicationagent.uplink.RouterAddress;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * One session with one router, from connecting to the end. The thread that {@link #run}s it sends everything; frames from the router arrive on the
 * transport's thread and are handed on by {@link FrameReader}.
 *
 * <p><b>Bounds.</b> A batch is made only when the transport is ready for it, so at most one batch is on its way to the transport beside what HTTP/2 flow control let
 * through. Answers to orders wait in a queue of {@value #RESULT_QUEUE}. Frames from the router are at most {@value #MAX_FRAME_BYTES} bytes.
 */
final class RouterSession implements ClientResponseObserver<AgentFrame, RouterFrame> {
    private static final int RESULT_QUEUE = 256;
    private static final int MAX_FRAME_BYTES = 4 << 20;
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final RouterAddress address;
    private final LinkSettings settings;
    private final SessionHost host;
    private final FrameReader reader;
    private final Thread sender = Thread.currentThread();
    private final BlockingQueue<AgentFrame> results = new ArrayBlockingQueue<>(RESULT_QUEUE);
    private final AtomicReference<SessionEnd> end = new AtomicReference<>();
    private final long startedAtNanos = System.nanoTime();
    private ClientCallStreamObserver<AgentFrame> call;
    private volatile long lastFrameAtNanos = startedAtNanos;
    private volatile long heartbeatNanos;
    private final Map<PgId, Codec> codecs = new ConcurrentHashMap<>();
    private final Credit credit = new Credit();
    private final SendTurns turns;
    private final Map<PgId, PackingTrial> trials = new ConcurrentHashMap<>();
    private volatile boolean heldBack;
    private volatile boolean woken;
    private long nextHeartbeatAtNanos;
    private long inventorySent = -1;
    private long machinesSent = -1;
    private long screenSent;
    private long ownershipSent = -1;

    RouterSession(RouterAddress address, LinkSettings settings, SessionHost host) {
        this.address = address;
        this.settings = settings;
        this.host = host;
        this.reader = new FrameReader(this, host);
        this.turns = new SendTurns(host.limits(), credit);
    }

    RouterAddress address() {
        return address;
    }

    /** Runs the session to its end, on the thread that made it. */
    SessionEnd run(RouterTls tls) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(address.host(), address.port())
                .sslContext(tls.context())
                .maxInboundMessageSize(MAX_FRAME_BYTES)
                .withOption(ChannelOption.IP_TOS, settings.mark().trafficClass())
                .build();
        try {
            AgentLinkGrpc.newStub(channel).session(this);
            call.onNext(host.hello());
            sendUntilEnd();
            if (end.get().code().equals("AGENT_CLOSED")) {
                call.onCompleted();
            } else {
                call.cancel(end.get().message(), null);
            }
            return end.get();
        } finally {
            reader.sessionEnded();
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
    }

    private void sendUntilEnd() {
        while (end.get() == null) {
            woken = false;
            long now = System.nanoTime();
            long waitNanos = heartbeatNanos == 0 ? awaitWelcome(now) : work(now);
            if (waitNanos > 0 && !woken && end.get() == null) {
                LockSupport.parkNanos(this, waitNanos);
            }
        }
    }

    private long awaitWelcome(long now) {
        long left = settings.connectTimeout().toNanos() - (now - startedAtNanos);
        if (left <= 0) {
            finish("CONNECT_TIMEOUT", "no Welcome from " + address + " within " + settings.connectTimeout());
        }
        return left;
    }

    /** Sends what is due; returns how long nothing will be, unless woken. */
    private long work(long now) {
        long silent = now - lastFrameAtNanos;
        if (silent > 3 * heartbeatNanos) {
            finish(
                    "HEARTBEAT_MISSED",
                    "no frame from " + address + " for "
                            + Duration.ofNanos(silent).toMillis() + " ms");
            return 0;
        }
        // Answers are small and bounded, and a guest may wait for one: they do not wait for room.
        for (AgentFrame result = results.poll(); result != null; result = results.poll()) {
            call.onNext(result);
        }
        if (!call.isReady()) {
            heldBack = true;
            return heartbeatNanos;
        }
        if (now - nextHeartbeatAtNanos >= 0) {
            call.onNext(Frames.heartbeat(host.streams()));
            nextHeartbeatAtNanos = now + heartbeatNanos;
        }
        long version = host.inventoryVersion();
        if (version != inventorySent) {
            inventorySent = version;
            call.onNext(host.inventory());
        }
        long machines = host.machinesVersion();
        if (machines != machinesSent) {
            // Before the report of the moment that they show.
            for (Screen screen : host.screens(screenSent)) {
                screenSent = screen.number();
                call.onNext(MachineFrames.screen(screen));
            }
            machinesSent = machines;
            call.onNext(host.machines());
        }
        long ownership = host.ownershipVersion();
        if (ownership != ownershipSent) {
            ownershipSent = ownership;
            call.onNext(host.ownership());
        }
        return sendBatches(now);
    }

    private long sendBatches(long now) {
        long linger = settings.linger().toNanos();
        long wait = nextHeartbeatAtNanos - now;
        Map<PgId, ReplicationStream> offering = new HashMap<>();
        List<SendTurns.Offer> offers = new ArrayList<>();
        for (ReplicationStream stream : host.streams()) {
            long bytes = stream.outlet().nextBytes(linger);
            if (bytes > 0) {
                offering.put(stream.id().pg(), stream);
                offers.add(new SendTurns.Offer(stream.id().pg(), bytes));
            } else {
                wait = Math.min(wait, stream.outlet().nanosUntilNext(linger));
            }
        }
        SendTurns.Turn turn = turns.next(offers);
        heldBack = turn.next().isEmpty() && !offers.isEmpty();
        if (turn.next().isEmpty()) {
            return Math.min(wait, turn.waitNanos());
        }
        ReplicationStream stream = offering.get(turn.next().get());
        try (OutgoingBatch batch = stream.outlet().takeNext(linger)) {
            if (batch != null) {
                send(stream, batch);
            }
        }
        return 0;
    }

    private void send(ReplicationStream stream, OutgoingBatch batch) {
        PgId pg = batch.stream().pg();
        int plain = batch.records().remaining();
        if (!credit.covers(plain)) {
            // The stream was reset since the offer, and its new batch is larger: what was taken is sent again in its
            // turn.
            stream.outlet().resume();
            return;
        }
        PackingTrial trial = trials.computeIfAbsent(pg, _ -> new PackingTrial());
        Packing packing = trial.choose(host.effort().within(codecs.getOrDefault(pg, Codec.ZSTD)));
        ChangeBatch sealed = Batches.seal(
                batch.stream(),
                batch.epoch(),
                batch.first(),
                batch.volumes(),
                batch.recordCount(),
                batch.records(),
                packing,
                batch.marker(),
                batch.newestWrittenAtMicros());
        if (batch.markerAsOfMicros() != 0) {
            sealed = sealed.toBuilder()
                    .setMarkerCutAtMicros(batch.markerAsOfMicros())
                    .build();
        }
        int sent = sealed.getBody().size();
        if (packing != Packing.NONE) {
            trial.tried(plain, sent);
        }
        turns.sent(pg, sent);
        stream.outlet().countSent(sent);
        call.onNext(AgentFrame.newBuilder().setBatch(sealed).build());
    }

    // ---- called by other threads ---------------------------------------------------------------------------------

    /** Something may be due now. Cheap. */
    void wake() {
        if (!woken) {
            woken = true;
            LockSupport.unpark(sender);
        }
    }

    void welcomed(Duration heartbeat, long creditBytes) {
        credit.begin(creditBytes);
        heartbeatNanos = heartbeat.toNanos();
        nextHeartbeatAtNanos = System.nanoTime();
        wake();
    }

    /** @throws IllegalArgumentException for a credit that is none */
    boolean credit(long bytes) {
        credit.grant(bytes);
        wake();
        return true;
    }

    /** Whether the transport, a rate or credit is what batches wait for now. */
    boolean isHeldBack() {
        return heldBack;
    }

    boolean isOver() {
        return end.get() != null;
    }

    boolean isWelcomed() {
        return heartbeatNanos != 0 && end.get() == null;
    }

    void useCodec(PgId pg, Codec wanted) {
        codecs.put(pg, wanted);
    }

    /** Forgets codecs of groups that are not assigned any more. */
    void keepCodecs(Set<PgId> assigned) {
        codecs.keySet().retainAll(assigned);
        trials.keySet().retainAll(assigned);
    }

    /** Queues an answer; one too many ends the session, and the router asks again in the next. */
    void answer(AgentFrame result) {
        if (!results.offer(result)) {
            finish("PROTOCOL_VIOLATION", "more than " + RESULT_QUEUE + " answers to commands wait");
        }
        wake();
    }

    /** Queues a frame that may as well be sent again later. False: not welcomed yet, ended, or too much waits. */
    boolean offer(AgentFrame frame) {
        boolean queued = isWelcomed() && results.remainingCapacity() > RESULT_QUEUE / 2 && results.offer(frame);
        if (queued) {
            wake();
        }
        return queued;
    }

    void finish(String code, String message) {
        finish(code, message, Duration.ZERO);
    }

    void finish(String code, String message, Duration retryAfter) {
        end.compareAndSet(null, new SessionEnd(code, message, retryAfter, heartbeatNanos != 0));
        wake();
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<AgentFrame> requests) {
        call = requests;
        requests.setOnReadyHandler(this::wake);
    }

    @Override
    public void onNext(RouterFrame frame) {
        lastFrameAtNanos = System.nanoTime();
        reader.take(frame);
    }

    @Override
    public void onError(Throwable failure) {
        Status status = Status.fromThrowable(failure);
        String cause = status.getCause() == null ? "" : ": " + status.getCause().getMessage();
        finish("CONNECTION_LOST", status.getCode() + " " + status.getDescription() + cause);
    }

    @Override
    public void onCompleted() {
        finish("CONNECTION_LOST", "the router ended the session");
    }
}
