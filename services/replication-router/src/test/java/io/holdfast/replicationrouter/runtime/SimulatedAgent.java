package io.holdfast.replicationrouter.runtime;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.Frozen;
import io.holdfast.proto.v1.Heartbeat;
import io.holdfast.proto.v1.Held;
import io.holdfast.proto.v1.Hello;
import io.holdfast.proto.v1.HoldEnded;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.StreamResume;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.proto.v1.Thawed;
import io.holdfast.proto.v1.VolumeReport;
import io.holdfast.replicationrouter.session.AgentIdentity;
import io.holdfast.replicationrouter.session.SessionEnd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * An agent by the protocol page: a ring, a gate on completions, holds that end by themselves, freezes. Its disk holds one number per writer.
 *
 * <p>{@link Fault}s make it break the protocol, so that the test can show that it would notice.
 */
final class SimulatedAgent {
    enum Fault {
        NONE,
        /** Lets go by itself, early, and says that it was released. */
        HIDES_EXPIRY,
        /** Puts the marker first and closes the gate later. */
        MARKS_BEFORE_HOLDING
    }

    /** A record of the stream: a write of {@code stamp}, or a marker. */
    record Entry(int writer, long stamp, Optional<String> marker) {}

    final AgentId id;
    final StreamId stream;
    final VolumeId volume;
    final Map<Long, List<Entry>> history = new TreeMap<>();
    Fault fault = Fault.NONE;
    long longestHoldNanos;

    private final GroupWorld world;
    private final Map<Integer, Long> disk = new TreeMap<>();
    private final Deque<Runnable> held = new ArrayDeque<>();
    private final Map<Integer, Long> shown = new HashMap<>();
    private long shownEpoch;
    private long shownSeq;
    private long epoch = 1;
    private long acked;
    private long sent;
    private boolean down;
    private Optional<String> hold = Optional.empty();
    private long heldSinceNanos;
    private boolean gateClosed;
    private Optional<Link> link = Optional.empty();

    SimulatedAgent(GroupWorld world, PgId pg, int number) {
        this.world = world;
        // Not random: the order of sets depends on them, and a seed has to repeat a run.
        this.id = new AgentId(new UUID(1, number));
        this.volume = new VolumeId(new UUID(2, number));
        this.stream = new StreamId(id, pg);
        history.put(1L, new ArrayList<>());
        world.time.after(0, this::beat);
        world.time.after(0, this::uplink);
    }

    private List<Entry> ring() {
        return history.get(epoch);
    }

    // ---- the guest's side

    /** A guest's write; {@code told} runs when the guest is told that it is done. A dead agent's writes wait for it. */
    void write(int writer, long stamp, Runnable told) {
        world.time.after(world.between(100_000, 4_000_000), () -> {
            if (down) {
                world.time.after(20_000_000, () -> write(writer, stamp, told));
                return;
            }
            disk.put(writer, stamp);
            ring().add(new Entry(writer, stamp, Optional.empty()));
            // Between the ring and the gate.
            world.time.after(world.between(0, 50_000), () -> pass(told));
        });
    }

    private void pass(Runnable told) {
        if (gateClosed) {
            held.add(told);
        } else {
            told.run();
        }
    }

    private void open() {
        gateClosed = false;
        longestHoldNanos = Math.max(longestHoldNanos, world.time.nanos() - heldSinceNanos);
        while (!held.isEmpty()) {
            world.time.after(world.between(0, 20_000), held.poll());
        }
    }

    // ---- holds

    private void hold(io.holdfast.proto.v1.Hold order) {
        Held.Builder answer = Held.newBuilder().setPgId(order.getPgId()).setCheckpointId(order.getCheckpointId());
        if (hold.isPresent()) {
            send(new InboundFrame.Holds(answer.setErrorCode("HOLD_OUTSTANDING").build()));
            return;
        }
        hold = Optional.of(order.getCheckpointId());
        heldSinceNanos = world.time.nanos();
        gateClosed = fault != Fault.MARKS_BEFORE_HOLDING;
        if (!gateClosed) {
            world.time.after(world.between(0, 3_000_000), () -> gateClosed = hold.isPresent());
        }
        ring().add(new Entry(-1, 0, Optional.of(order.getCheckpointId())));
        send(new InboundFrame.Holds(
                answer.setEpoch(epoch).setMarkerSeq(ring().size()).build()));
        boolean hides = fault == Fault.HIDES_EXPIRY;
        world.time.after(
                order.getLimitMs() * (hides ? 10_000L : 1_000_000L), () -> end(order.getCheckpointId(), !hides));
    }

    private void end(String order, boolean expired) {
        if (!hold.equals(Optional.of(order))) {
            return;
        }
        hold = Optional.empty();
        open();
        send(new InboundFrame.EndsHold(HoldEnded.newBuilder()
                .setPgId(stream.pg().toString())
                .setCheckpointId(order)
                .setExpired(expired)
                .setHeldMicros((world.time.nanos() - heldSinceNanos) / 1_000)
                .build()));
    }

    private void loseHold() {
        hold.ifPresent(order -> end(order, true));
    }

    // ---- freezes: only their answers matter here

    private void freeze(io.holdfast.proto.v1.Freeze order) {
        world.time.after(world.between(1_000_000, 40_000_000), () -> {
            boolean works = world.random.nextInt(6) > 0;
            send(new InboundFrame.Freezes(Frozen.newBuilder()
                    .setPgId(order.getPgId())
                    .setCheckpointId(order.getCheckpointId())
                    .setErrorCode(works ? "" : "HOOK_FAILED")
                    .build()));
            if (works && world.random.nextInt(6) == 0) {
                world.time.after(world.between(0, 30_000_000), () -> thawed(order.getCheckpointId(), true));
            }
        });
    }

    private void thawed(String order, boolean expired) {
        send(new InboundFrame.Thaws(Thawed.newBuilder()
                .setPgId(stream.pg().toString())
                .setCheckpointId(order)
                .setExpired(expired)
                .setFrozenMicros(5_000)
                .build()));
    }

    // ---- the session

    private void beat() {
        send(new InboundFrame.Beats(Heartbeat.newBuilder()
                .addStreams(StreamReport.newBuilder()
                        .setPgId(stream.pg().toString())
                        .setEpoch(epoch)
                        .addVolumes(VolumeReport.newBuilder()
                                .setVolumeId(volume.toString())
                                .setState(SyncState.IN_SYNC)))
                .build()));
        world.time.after(200_000_000, this::beat);
    }

    private void uplink() {
        if (!down && link.isEmpty() && world.random.nextInt(20) == 0) {
            connect();
        }
        sendBatch();
        world.time.after(world.between(100_000, 2_000_000), this::uplink);
    }

    void connect() {
        sent = acked;
        link = Optional.of(new Link());
        send(new InboundFrame.Greets(Hello.newBuilder()
                .setProtocolVersion(1)
                .setSiteId(GroupWorld.SITE.toString())
                .setAgentId(id.toString())
                .setHostId(HostId.random().toString())
                .setInstanceId("i")
                .addStreams(StreamResume.newBuilder()
                        .setPgId(stream.pg().toString())
                        .setEpoch(epoch)
                        .setNextSeq(acked + 1))
                .build()));
    }

    private void sendBatch() {
        if (link.isEmpty() || link.get().waiting.size() > 3 || sent == ring().size()) {
            return;
        }
        long last = Math.min(ring().size(), sent + 1 + world.random.nextInt(40));
        Optional<String> marker = Optional.empty();
        for (long seq = sent + 1; seq <= last && marker.isEmpty(); seq++) {
            marker = ring().get((int) seq - 1).marker();
            if (marker.isPresent()) {
                last = seq;
            }
        }
        int count = (int) (last - sent);
        ChangeBatch batch = ChangeBatch.newBuilder()
                .setPgId(stream.pg().toString())
                .setAgentId(id.toString())
                .setEpoch(epoch)
                .setFirstSeq(sent + 1)
                .setRecordCount(count)
                .setMarkerCheckpointId(marker.orElse(""))
                .build();
        send(new InboundFrame.Carries(
                new BatchHeader(
                        stream,
                        new Epoch(epoch),
                        new Seq(sent + 1),
                        count,
                        List.of(volume),
                        marker.map(CheckpointId::parse),
                        1),
                batch));
        sent = last;
    }

    private void send(InboundFrame frame) {
        link.ifPresent(open -> open.toRouter(frame));
    }

    /** Both ends learn of it at their own time; what is on its way is lost. */
    void loseConnection() {
        link.ifPresent(Link::cut);
        link = Optional.empty();
        loseHold();
    }

    /** The agent's process dies: its ring is gone, its guests wait; a new epoch sends the disk whole before anything else. */
    void kill() {
        loseConnection();
        down = true;
        world.time.after(world.between(1_000_000, 100_000_000), () -> {
            down = false;
            newEpoch(epoch + 1);
        });
    }

    private void newEpoch(long next) {
        loseHold();
        epoch = next;
        acked = 0;
        sent = 0;
        List<Entry> ring = new ArrayList<>();
        ring.add(new Entry(-2, 0, Optional.empty()));
        disk.forEach((writer, stamp) -> ring.add(new Entry(writer, stamp, Optional.empty())));
        history.put(epoch, ring);
    }

    /** One session over a network that delays and keeps order in each direction. */
    final class Link implements AgentConnection {
        final Deque<InboundFrame> waiting = new ArrayDeque<>();
        private final AgentSession session;
        private boolean cut;
        private int grants;
        private long lastToRouter;
        private long lastToAgent;
        private final boolean slow = world.random.nextInt(5) == 0;

        Link() {
            session = world.router().connected(new AgentIdentity(GroupWorld.SITE, id), this);
        }

        private long delay() {
            return slow && !world.isCalm() && world.random.nextInt(10) == 0
                    ? world.between(10_000_000, world.mostDelayNanos)
                    : world.between(20_000, 1_500_000);
        }

        void toRouter(InboundFrame frame) {
            lastToRouter = Math.max(lastToRouter, world.time.nanos() + delay());
            world.time.after(lastToRouter - world.time.nanos(), () -> {
                if (!cut) {
                    waiting.add(frame);
                    deliver();
                }
            });
        }

        private void deliver() {
            while (grants > 0 && !waiting.isEmpty() && !cut) {
                grants--;
                world.router().frame(session, waiting.poll());
            }
        }

        void cut() {
            cut = true;
            Router of = world.router();
            world.time.after(world.between(0, 300_000_000), () -> {
                if (of == world.router()) {
                    of.closed(session, SessionEnd.CONNECTION_LOST);
                }
            });
        }

        @Override
        public void send(RouterFrame frame) {
            lastToAgent = Math.max(lastToAgent, world.time.nanos() + delay());
            world.time.after(lastToAgent - world.time.nanos(), () -> {
                if (!cut && link.equals(Optional.of(this))) {
                    take(frame);
                }
            });
        }

        private void take(RouterFrame frame) {
            switch (frame.getFrameCase()) {
                case ACK -> {
                    if (frame.getAck().getEpoch() == epoch) {
                        acked = Math.max(acked, frame.getAck().getSeq());
                    }
                }
                case CUT_MARKER ->
                    ring().add(new Entry(-1, 0, Optional.of(frame.getCutMarker().getCheckpointId())));
                case HOLD -> hold(frame.getHold());
                case RELEASE -> end(frame.getRelease().getCheckpointId(), false);
                case FREEZE -> freeze(frame.getFreeze());
                case THAW -> thawed(frame.getThaw().getCheckpointId(), false);
                case RESET -> {
                    if (epoch <= frame.getReset().getEpoch()) {
                        newEpoch(frame.getReset().getEpoch() + 1);
                    }
                }
                case REJECT -> loseConnection();
                default -> {}
            }
        }

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public long receivedAtNanos() {
            return 0;
        }

        @Override
        public void grant() {
            grants++;
            world.time.after(0, this::deliver);
        }

        @Override
        public void finish() {
            if (link.equals(Optional.of(this))) {
                world.time.after(world.between(0, 5_000_000), () -> {
                    if (link.equals(Optional.of(this))) {
                        loseConnection();
                    }
                });
            }
        }
    }

    /** The disk as of a place of the stream; places only go forward. */
    Map<Integer, Long> contentsAt(long atEpoch, long seq) {
        if (atEpoch != shownEpoch) {
            shownEpoch = atEpoch;
            shownSeq = 0;
            shown.clear();
        }
        for (Entry entry : history.get(atEpoch).subList((int) shownSeq, (int) seq)) {
            if (entry.writer() >= 0) {
                shown.put(entry.writer(), entry.stamp());
            }
        }
        shownSeq = seq;
        return shown;
    }
}
