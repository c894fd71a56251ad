package io.holdfast.replicationrouter.runtime;

import io.holdfast.changestream.Batches;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.TransferRules;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.HashReply;
import io.holdfast.proto.v1.HashRequest;
import io.holdfast.proto.v1.Heartbeat;
import io.holdfast.proto.v1.Hello;
import io.holdfast.proto.v1.ResendRange;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.StreamResume;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.proto.v1.VolumeReport;
import io.holdfast.replicationrouter.checkpoint.Cut;
import io.holdfast.replicationrouter.checkpoint.CutLimits;
import io.holdfast.replicationrouter.lease.Ownership;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.session.AgentIdentity;
import io.holdfast.replicationrouter.support.TestBatches;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A world for simulations: a router, a log that fails as Kafka does, agents with a ring, and time; all on one thread and
 * under the test's control.
 */
final class RouterWorld {
    static final SiteId SITE = SiteId.random();

    final List<ChangesRecord> kafka = new ArrayList<>();
    final Map<AgentId, Agent> agents = new HashMap<>();
    final List<AgentEvent> events = new ArrayList<>();
    final Map<StreamId, StreamStatus> statuses = new HashMap<>();
    int cuts;
    /** Codes of answered questions, and of ranges that were none. */
    final List<String> hashCodes = new ArrayList<>();

    final List<String> refusedRanges = new ArrayList<>();
    private final Deque<Runnable> loop = new ArrayDeque<>();
    private final List<Appended> outstanding = new ArrayList<>();
    private long nanos = 1;
    private long inFlight;
    private Router router;

    private record Appended(ChangesRecord record, ChangesLog.Completion completion) {}

    RouterWorld() {
        restart();
    }

    /** SIGKILL and a new process: whatever was on its way may or may not be in Kafka; nobody hears of it. */
    void killRouter(int reachKafka) {
        outstanding.stream().limit(reachKafka).forEach(appended -> kafka.add(appended.record()));
        outstanding.clear();
        loop.clear();
        agents.values().forEach(Agent::connectionLost);
        restart();
    }

    private void restart() {
        router = new Router(
                new RouterSettings(
                        "r:1",
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(10),
                        new CutLimits(Duration.ofSeconds(10), Duration.ofMillis(500), Duration.ofSeconds(10)),
                        Duration.ofSeconds(2),
                        100,
                        64 << 10,
                        RateLimit.UNLIMITED),
                new RouterClock() {
                    @Override
                    public long nanos() {
                        return nanos;
                    }

                    @Override
                    public long micros() {
                        return nanos / 1000;
                    }
                },
                loop::add,
                (partition, record, completion) -> outstanding.add(new Appended(record, completion)),
                new Events(),
                new Meters());
        agents.values().forEach(agent -> router.policy(agent.policy()));
        router.ownership(new Ownership(Set.of(0), Map.of()));
    }

    Agent newAgent() {
        Agent agent = new Agent();
        agents.put(agent.id, agent);
        router.policy(agent.policy());
        return agent;
    }

    Router router() {
        return router;
    }

    static GroupPolicy removed(GroupPolicy policy) {
        return new GroupPolicy(
                policy.pg(),
                policy.revision() + 1,
                GroupPolicy.Mode.REMOVED,
                policy.partition(),
                policy.volumesByAgent(),
                policy.checkpointInterval(),
                policy.appCheckpointInterval(),
                policy.codec(),
                policy.transfer());
    }

    void pass(Duration time) {
        nanos += time.toNanos();
        router.tick();
        runLoop();
    }

    void runLoop() {
        for (Runnable step = loop.poll(); step != null; step = loop.poll()) {
            step.run();
        }
    }

    /** Kafka acknowledges the oldest of what is outstanding. */
    void confirm(int records) {
        for (int i = 0; i < records && !outstanding.isEmpty(); i++) {
            Appended next = outstanding.removeFirst();
            kafka.add(next.record());
            loop.add(next.completion()::written);
        }
        runLoop();
    }

    /** Kafka gives up: a prefix may have been written, everything outstanding is reported as failed in one step. */
    void failAll(int writtenAnyway) {
        List<Appended> lost = List.copyOf(outstanding);
        outstanding.clear();
        lost.stream().limit(writtenAnyway).forEach(appended -> kafka.add(appended.record()));
        loop.add(() -> lost.forEach(appended -> appended.completion().failed("Timeout")));
        runLoop();
    }

    int outstanding() {
        return outstanding.size();
    }

    long inFlight() {
        return inFlight;
    }

    /** An agent with one group of one volume, and a ring that keeps what is not acknowledged. */
    final class Agent implements AgentConnection {
        final AgentId id = AgentId.random();
        final PgId pg = PgId.random();
        final StreamId stream = new StreamId(id, pg);
        private final VolumeId volume = VolumeId.random();
        private final String instance = "i";
        private long epoch = 1;
        private long newest;
        private long acked;
        private long sent;
        private final Map<Long, String> markers = new HashMap<>();
        private Optional<AgentSession> session = Optional.empty();
        private int grants;
        /** Some agents are older than credits and send as the transport lets them. */
        boolean knowsCredit = true;

        private long credit;
        private long granted;
        private long spent;
        boolean inSync = true;
        /** Whether the connection takes frames; it keeps none that were sent before. */
        boolean ready = true;

        final List<HashReply> replies = new ArrayList<>();
        final List<ResendRange> resends = new ArrayList<>();

        VolumeId volume() {
            return volume;
        }

        /** A question in the session, whether or not the router let the agent send one. */
        void ask(HashRequest request) {
            frame(new InboundFrame.Asks(request));
        }

        void writable() {
            ready = true;
            session.ifPresent(router::writable);
            runLoop();
        }

        GroupPolicy policy() {
            return new GroupPolicy(
                    pg,
                    1,
                    GroupPolicy.Mode.REPLICATE,
                    0,
                    Map.of(id, List.of(volume)),
                    Duration.ofSeconds(1),
                    Duration.ZERO,
                    GroupPolicy.CodecLimit.ZSTD,
                    TransferRules.DEFAULT);
        }

        boolean connected() {
            return session.isPresent();
        }

        void connect() {
            grants = 0;
            sent = acked;
            session = Optional.of(router.connected(new AgentIdentity(SITE, id), this));
            frame(new InboundFrame.Greets(Hello.newBuilder()
                    .setProtocolVersion(1)
                    .setSiteId(SITE.toString())
                    .setAgentId(id.toString())
                    .setHostId(HostId.random().toString())
                    .setInstanceId(instance)
                    .addStreams(StreamResume.newBuilder()
                            .setPgId(pg.toString())
                            .setEpoch(epoch)
                            .setNextSeq(acked + 1))
                    .build()));
        }

        void write(int records) {
            newest += records;
        }

        /** Sends one batch of what is not sent yet, if it may. A marker ends its batch. */
        void sendBatch(int most) {
            if (session.isEmpty() || grants == 0 || sent == newest) {
                return;
            }
            if (knowsCredit && credit < Batches.MAX_BODY_BYTES) {
                return;
            }
            long last = Math.min(newest, sent + most);
            Optional<Long> marker = markers.keySet().stream()
                    .filter(seq -> seq > sent && seq <= last)
                    .min(Long::compare);
            long end = marker.orElse(last);
            ChangeBatch batch = TestBatches.of(
                    stream,
                    epoch,
                    sent + 1,
                    (int) (end - sent),
                    4096,
                    marker.map(seq -> io.holdfast.kernel.id.CheckpointId.parse(markers.get(seq))));
            sent = end;
            credit -= batch.getBody().size();
            spent += batch.getBody().size();
            frame(new InboundFrame.Carries(Batches.check(batch), batch));
        }

        void beat() {
            if (session.isPresent() && grants > 0) {
                frame(new InboundFrame.Beats(Heartbeat.newBuilder()
                        .addStreams(StreamReport.newBuilder()
                                .setPgId(pg.toString())
                                .setEpoch(epoch)
                                .addVolumes(VolumeReport.newBuilder()
                                        .setVolumeId(volume.toString())
                                        .setState(inSync ? SyncState.IN_SYNC : SyncState.SYNCING)))
                        .build()));
            }
        }

        /** The host crashed: what was in the ring is gone, a new epoch begins. */
        void newEpoch() {
            epoch++;
            newest = 0;
            acked = 0;
            sent = 0;
            markers.clear();
        }

        void connectionLost() {
            AgentSession before = session.orElse(null);
            session = Optional.empty();
            if (before != null) {
                router.closed(before, io.holdfast.replicationrouter.session.SessionEnd.CONNECTION_LOST);
            }
        }

        /** Bytes of bodies sent in this session, and what the router allowed so far. */
        long spent() {
            return spent;
        }

        long granted() {
            return granted;
        }

        long acked() {
            return acked;
        }

        long epoch() {
            return epoch;
        }

        long newest() {
            return newest;
        }

        private void frame(InboundFrame frame) {
            if (!(frame instanceof InboundFrame.Greets)) {
                grants--;
            }
            session.ifPresent(open -> router.frame(open, frame));
            runLoop();
        }

        @Override
        public void send(RouterFrame frame) {
            switch (frame.getFrameCase()) {
                case WELCOME -> {
                    credit = frame.getWelcome().getCreditBytes();
                    granted = credit;
                    spent = 0;
                }
                case CREDIT -> {
                    credit += frame.getCredit().getBytes();
                    granted += frame.getCredit().getBytes();
                }
                case ACK -> {
                    if (frame.getAck().getEpoch() == epoch) {
                        acked = Math.max(acked, frame.getAck().getSeq());
                    }
                }
                case CUT_MARKER -> {
                    if (inSync) {
                        newest++;
                        markers.put(newest, frame.getCutMarker().getCheckpointId());
                    }
                }
                case RESET -> {
                    if (epoch <= frame.getReset().getEpoch()) {
                        epoch = frame.getReset().getEpoch();
                        newEpoch();
                    }
                }
                case REJECT -> session = Optional.empty();
                case HASH_REPLY -> replies.add(frame.getHashReply());
                case RESEND -> resends.add(frame.getResend());
                default -> {}
            }
        }

        @Override
        public boolean ready() {
            return ready;
        }

        @Override
        public long receivedAtNanos() {
            return 0;
        }

        @Override
        public void grant() {
            grants = 1;
        }

        @Override
        public void finish() {
            session = Optional.empty();
        }
    }

    private final class Events implements EventLog {
        @Override
        public void publish(AgentEvent event) {
            events.add(event);
        }

        @Override
        public void status(StreamId stream, StreamStatus status) {
            statuses.put(stream, status);
        }

        @Override
        public void forgetStatus(StreamId stream) {
            statuses.remove(stream);
        }
    }

    private final class Meters extends NoMeters {
        @Override
        public void inFlightBytes(long bytes) {
            inFlight = bytes;
        }

        @Override
        public void checkpointCut(Cut.Kind kind) {
            cuts++;
        }

        @Override
        public void hashesAnswered(String code) {
            hashCodes.add(code);
        }

        @Override
        public void resendRefused(String code) {
            refusedRanges.add(code);
        }
    }

    /** What a journal would have of a stream after reading everything in Kafka; throws on a gap. */
    static Map<StreamId, io.holdfast.kernel.StreamPosition> replay(List<ChangesRecord> records) {
        Map<StreamId, io.holdfast.kernel.StreamPosition> applied = new HashMap<>();
        for (ChangesRecord record : records) {
            if (!record.hasBatch()) {
                continue;
            }
            var header = Batches.check(record.getBatch());
            var before = applied.getOrDefault(header.stream(), io.holdfast.kernel.StreamPosition.START);
            if (before.epoch().isAfter(header.epoch())) {
                continue;
            }
            boolean newEpoch = header.epoch().isAfter(before.epoch());
            Seq expected = newEpoch ? Seq.FIRST : before.seq().next();
            if (header.first().compareTo(expected) > 0) {
                throw new AssertionError("a hole in stream %s: %s:%s comes behind %s"
                        .formatted(header.stream(), header.epoch(), header.first(), before));
            }
            if (header.end().compareTo(before) > 0) {
                applied.put(header.stream(), header.end());
            }
        }
        return applied;
    }

    static io.holdfast.kernel.StreamPosition at(long epoch, long seq) {
        return new io.holdfast.kernel.StreamPosition(new Epoch(epoch), new Seq(seq));
    }
}
