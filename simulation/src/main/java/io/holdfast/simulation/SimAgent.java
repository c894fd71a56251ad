package io.holdfast.simulation;

import io.holdfast.changestream.Batches;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.Ack;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.replicationagent.adapter.grpc.Frames;
import io.holdfast.replicationagent.capture.SplitterDevice;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.hosting.AgentIdentity;
import io.holdfast.replicationagent.hosting.GroupAssignment;
import io.holdfast.replicationagent.hosting.Replication;
import io.holdfast.replicationagent.stream.OutgoingBatch;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamListener;
import io.holdfast.replicationagent.stream.StreamVolume;
import io.holdfast.replicationagent.sync.CopyTools;
import io.holdfast.replicationagent.sync.HashLink;
import io.holdfast.replicationagent.sync.HashQuestion;
import io.holdfast.replicationagent.sync.ReplicaHashes;
import io.holdfast.replicationagent.sync.VolumeCopier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One agent process: real streams, copiers and hosting; its control thread, sender and copier take a step when the schedule says so. */
final class SimAgent {
    private static final ByteBuffer SCRATCH = ByteBuffer.allocate(VolumeCopier.MAX_COPY_BYTES);
    private static final Comparator<ReplicationStream> BY_GROUP =
            Comparator.comparing(stream -> stream.id().pg().value());
    private static final int MOST_ORDERS = 64;

    private final SimHost host;
    private final World world;
    private final AgentIdentity identity;
    private final Replication replication;
    private final Map<SimDisk, Volume> volumes = new HashMap<>();
    private final Map<SimDisk, SplitterDevice> guests = new HashMap<>();
    private final Map<StreamVolume, VolumeCopier> copiers = new HashMap<>();
    private final ReplicaHashes hashes;
    private final CopyTools tools;
    private final Deque<Runnable> orders = new ArrayDeque<>();
    private SimLink link;
    private boolean welcomed;

    SimAgent(SimHost host, World world, AgentIdentity identity) {
        this.host = host;
        this.world = world;
        this.identity = identity;
        hashes = new ReplicaHashes(world.compares() ? this::ask : HashLink.NONE, () -> {});
        tools = new CopyTools(
                SCRATCH,
                hashes,
                () -> Instant.EPOCH.plus(world.micros(), ChronoUnit.MICROS),
                () -> world.micros() * 1000);
        replication = new Replication(
                host.agent(), host.pool(), host.state(), host.state(), host.state(), new StreamListener() {
                    @Override
                    public void sendable() {}

                    @Override
                    public void copyable() {}
                });
        for (SimDisk disk : host.disks()) {
            Volume volume = new Volume(disk.id(), disk);
            replication.add(volume);
            volumes.put(disk, volume);
            guests.put(disk, new SplitterDevice(volume, _ -> {}));
        }
    }

    SplitterDevice guest(SimDisk disk) {
        return guests.get(disk);
    }

    /** Streams in an order that does not depend on hashing. */
    List<ReplicationStream> streams() {
        List<ReplicationStream> streams = new ArrayList<>(replication.streams());
        streams.sort(BY_GROUP);
        return streams;
    }

    // ---- the copier

    /** Whether copying needs no range that the write in progress on {@code busy} might hold. */
    boolean copy(SimDisk disk, SimDisk busy) throws IOException {
        for (ReplicationStream stream : streams()) {
            for (StreamVolume member : stream.volumes()) {
                if (member.id().equals(disk.id())) {
                    if (disk == busy && !member.volume().dirty().isEmpty()) {
                        return false;
                    }
                    return copiers.computeIfAbsent(member, _ -> new VolumeCopier(tools))
                                    .step(stream, member)
                            == VolumeCopier.Step.PROGRESS;
                }
            }
        }
        return false;
    }

    private boolean ask(HashQuestion question) {
        boolean sent = link != null && welcomed && link.takesFrames();
        if (sent) {
            link.sendUp(Frames.question(question));
        }
        return sent;
    }

    // ---- the session

    boolean isConnected() {
        return link != null && link.isOpen();
    }

    void connect(SimLink opened) {
        link = opened;
        welcomed = false;
        hashes.sessionEnded();
        link.sendUp(Frames.hello(identity, streams()));
    }

    Optional<SimLink> link() {
        return Optional.ofNullable(link);
    }

    void loseLink() {
        if (link != null) {
            link.lose();
            link = null;
        }
    }

    boolean sendBatch(boolean afterLinger) {
        if (link == null || !welcomed || !link.takesFrames()) {
            return false;
        }
        for (ReplicationStream stream : streams()) {
            try (OutgoingBatch batch = stream.outlet().takeNext(afterLinger ? 0 : Long.MAX_VALUE)) {
                if (batch != null) {
                    world.note(() -> "agent %d sends %s:%s, %d records%s"
                            .formatted(
                                    host.number(),
                                    batch.epoch(),
                                    batch.first(),
                                    batch.recordCount(),
                                    batch.marker().isPresent() ? " and a marker" : ""));
                    link.sendUp(AgentFrame.newBuilder()
                            .setBatch(Batches.seal(
                                    batch.stream(),
                                    batch.epoch(),
                                    batch.first(),
                                    batch.volumes(),
                                    batch.recordCount(),
                                    batch.records(),
                                    Codec.NONE,
                                    batch.marker(),
                                    batch.newestWrittenAtMicros()))
                            .build());
                    return true;
                }
            }
        }
        return false;
    }

    void beat() {
        if (link != null && welcomed && link.takesFrames()) {
            link.sendUp(Frames.heartbeat(streams()));
        }
    }

    /** Takes the next frame of the router. */
    boolean receive() {
        RouterFrame frame = link == null ? null : link.deliverDown();
        if (frame == null) {
            if (link != null && !link.isOpen()) {
                link = null;
            }
            return false;
        }
        switch (frame.getFrameCase()) {
            case WELCOME -> welcomed = true;
            case REJECT -> loseLink();
            case ACK -> acknowledged(frame.getAck());
            case HASH_REPLY ->
                hashes.answered(
                        frame.getHashReply().getRequestId(),
                        frame.getHashReply().getErrorCode(),
                        frame.getHashReply().getHashes().toByteArray());
            case CUT_MARKER ->
                cut(
                        PgId.parse(frame.getCutMarker().getPgId()),
                        CheckpointId.parse(frame.getCutMarker().getCheckpointId()));
            case ASSIGNMENTS -> {
                List<GroupAssignment> groups = frame.getAssignments().getGroupsList().stream()
                        .map(Frames::assignment)
                        .toList();
                queue(() -> {
                    Set<PgId> mine = new HashSet<>();
                    replication.streams().forEach(stream -> mine.add(stream.id().pg()));
                    replication.assign(groups, mine);
                });
            }
            case RESET -> {
                PgId pg = PgId.parse(frame.getReset().getPgId());
                Epoch useless = new Epoch(frame.getReset().getEpoch());
                queue(() -> replication.reset(pg, useless, frame.getReset().getReason()));
            }
            // It sends one small batch at a time, in the order of the schedule: no credit would ever hold it back.
            case CREDIT -> {}
            // No VM is ever recovered here: every host owns its own.
            case OWNERSHIPS -> {
                if (frame.getOwnerships().getVmsCount() > 0) {
                    throw new IllegalArgumentException("the simulation fences nothing");
                }
            }
            default -> throw new IllegalArgumentException("the simulation has no frame " + frame.getFrameCase());
        }
        return true;
    }

    private void acknowledged(Ack ack) {
        StreamPosition position = new StreamPosition(new Epoch(ack.getEpoch()), new Seq(ack.getSeq()));
        replication.stream(PgId.parse(ack.getPgId())).ifPresent(stream -> {
            world.acknowledged(stream.id(), position);
            stream.outlet().ack(position.epoch(), position.seq());
        });
    }

    private void cut(PgId pg, CheckpointId checkpoint) {
        replication.stream(pg).ifPresent(stream -> {
            if (stream.cutMarker(checkpoint) == ReplicationStream.MarkerOutcome.CUT) {
                world.marked(pg, checkpoint);
            }
        });
    }

    private void queue(Runnable order) {
        if (orders.size() == MOST_ORDERS) {
            loseLink();
        } else {
            orders.add(order);
        }
    }

    // ---- the control thread

    boolean carryOutOrder() {
        Runnable order = orders.poll();
        if (order != null) {
            order.run();
        }
        return order != null;
    }

    void recordWholeSyncs() {
        replication.recordWholeSyncs();
    }

    void settle() {
        replication.settle();
    }

    boolean isDrained() {
        return replication.isDrained();
    }

    /** The memory that the process would have given back by ending. */
    void ended() {
        loseLink();
        replication.streams().forEach(ReplicationStream::end);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("connected " + isConnected() + ", orders " + orders.size());
        streams().forEach(stream -> text.append(", ").append(stream.snapshot()));
        return text.toString();
    }
}
