package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.TransferRules;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CheckpointRecord;
import io.holdfast.proto.v1.CutCheckpoint;
import io.holdfast.proto.v1.StreamPosition;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.replicationrouter.checkpoint.Cut;
import io.holdfast.replicationrouter.checkpoint.CutLimits;
import io.holdfast.replicationrouter.checkpoint.Discard;
import io.holdfast.replicationrouter.lease.Ownership;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * One group over several agents, in one thread, with a clock, a network and a Kafka that chance moves. Writers go from agent to agent: the next write is issued only when the
 * one before is completed. A journal applies what is in Kafka and, at every checkpoint that it would list, looks whether an effect is there without its cause.
 */
final class GroupWorld {
    static final SiteId SITE = SiteId.random();
    private static final long IN_FLIGHT_BYTES = 512 << 10;

    final SimulatedTime time = new SimulatedTime();
    final Random random;
    final List<SimulatedAgent> agents = new ArrayList<>();
    final Map<Discard, Integer> discards = new EnumMap<>(Discard.class);
    final Map<CheckpointKind, Integer> listed = new EnumMap<>(CheckpointKind.class);
    final Map<String, Integer> appFailures = new HashMap<>();
    final long mostDelayNanos;
    int notListed;
    long inFlight;
    long mostInWaitingRoom;

    private final PgId pg = new PgId(new UUID(3, 3));
    private final List<int[]> paths = new ArrayList<>();
    private final List<Appended> outstanding = new ArrayList<>();
    private final Map<String, StreamPosition> applied = new HashMap<>();
    private long revision = 1;
    private Router router;
    private boolean calm;

    private record Appended(ChangesRecord record, ChangesLog.Completion completion) {}

    GroupWorld(long seed, int agentCount, int writers) {
        // Neighbouring seeds of Random begin alike; neighbouring worlds must not.
        random = new Random(new SplittableRandom(seed).nextLong());
        // Half of the worlds have a network that is slower than the limit of a hold.
        mostDelayNanos = random.nextBoolean() ? 50_000_000L : 300_000_000L;
        for (int i = 0; i < agentCount; i++) {
            agents.add(new SimulatedAgent(this, pg, i));
        }
        startRouter();
        agents.forEach(SimulatedAgent::connect);
        for (int writer = 0; writer < writers; writer++) {
            int from = random.nextInt(agentCount);
            paths.add(new int[] {from, (from + 1 + random.nextInt(agentCount - 1)) % agentCount});
            writeNext(writer, 1);
        }
        kafka();
        tick();
    }

    long between(long least, long most) {
        return least + (long) (random.nextDouble() * (most - least));
    }

    Router router() {
        return router;
    }

    /** Write n on the first disk, then n on the second, then n + 1 on the first. */
    private void writeNext(int writer, long stamp) {
        int[] path = paths.get(writer);
        agents.get(path[0]).write(writer, stamp, () -> agents.get(path[1])
                .write(writer, stamp, () -> writeNext(writer, stamp + 1)));
    }

    private void startRouter() {
        router = new Router(
                new RouterSettings(
                        "r:1",
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(10),
                        new CutLimits(Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMillis(200)),
                        Duration.ofSeconds(2),
                        100,
                        IN_FLIGHT_BYTES,
                        RateLimit.UNLIMITED),
                time,
                step -> time.after(0, step),
                (partition, record, completion) -> outstanding.add(new Appended(record, completion)),
                new Events(),
                new Meters());
        router.policy(policy());
        router.ownership(new Ownership(Set.of(0), Map.of()));
    }

    private GroupPolicy policy() {
        Map<AgentId, List<VolumeId>> volumes = new LinkedHashMap<>();
        agents.forEach(agent -> volumes.put(agent.id, List.of(agent.volume)));
        return new GroupPolicy(
                pg,
                revision,
                GroupPolicy.Mode.REPLICATE,
                0,
                volumes,
                Duration.ofMillis(20),
                Duration.ofMillis(300),
                GroupPolicy.CodecLimit.NONE,
                TransferRules.DEFAULT);
    }

    private void tick() {
        router.tick();
        time.after(5_000_000, this::tick);
    }

    // ---- Kafka

    private void kafka() {
        int records = Math.min(outstanding.size(), 1 + random.nextInt(12));
        for (int i = 0; i < records; i++) {
            Appended next = outstanding.removeFirst();
            apply(next.record());
            next.completion().written();
        }
        time.after(between(100_000, 3_000_000), this::kafka);
    }

    /** As ChangesWriter does it: a prefix may be there, everything that was appended is reported as failed in one step. */
    private void kafkaFails() {
        List<Appended> lost = List.copyOf(outstanding);
        outstanding.clear();
        lost.stream().limit(random.nextInt(lost.size() + 1)).forEach(appended -> apply(appended.record()));
        lost.forEach(appended -> appended.completion().failed("Timeout"));
    }

    private void killRouter() {
        outstanding.stream().limit(random.nextInt(outstanding.size() + 1)).forEach(a -> apply(a.record()));
        outstanding.clear();
        agents.forEach(SimulatedAgent::loseConnection);
        startRouter();
    }

    // ---- the journal

    private void apply(ChangesRecord record) {
        if (record.hasCheckpoint()) {
            checkpoint(record.getCheckpoint());
            return;
        }
        var batch = record.getBatch();
        long last = batch.getFirstSeq() + batch.getRecordCount() - 1;
        StreamPosition before = applied.getOrDefault(batch.getAgentId(), StreamPosition.getDefaultInstance());
        if (batch.getEpoch() < before.getEpoch()) {
            return;
        }
        long expected = batch.getEpoch() > before.getEpoch() ? 1 : before.getSeq() + 1;
        if (batch.getFirstSeq() > expected) {
            throw new AssertionError("a hole: %s behind %s".formatted(batch, before));
        }
        if (last >= expected) {
            applied.put(
                    batch.getAgentId(),
                    StreamPosition.newBuilder()
                            .setAgentId(batch.getAgentId())
                            .setEpoch(batch.getEpoch())
                            .setSeq(last)
                            .build());
        }
    }

    private void checkpoint(CheckpointRecord record) {
        if (!Set.copyOf(record.getPositionsList()).equals(Set.copyOf(applied.values()))) {
            notListed++;
            return;
        }
        listed.merge(record.getKind(), 1, Integer::sum);
        if (!record.getAppFailureCode().isEmpty()) {
            appFailures.merge(record.getAppFailureCode(), 1, Integer::sum);
        }
        List<Map<Integer, Long>> disks = agents.stream()
                .map(agent -> agent.contentsAt(
                        applied.get(agent.id.toString()).getEpoch(),
                        applied.get(agent.id.toString()).getSeq()))
                .toList();
        for (int writer = 0; writer < paths.size(); writer++) {
            long cause = disks.get(paths.get(writer)[0]).getOrDefault(writer, 0L);
            long effect = disks.get(paths.get(writer)[1]).getOrDefault(writer, 0L);
            if (effect > cause || cause > effect + 1) {
                throw new AssertionError("checkpoint %s: writer %d has %d on its first disk and %d on its second"
                        .formatted(record, writer, cause, effect));
            }
        }
    }

    int listedInAll() {
        return listed.values().stream().mapToInt(Integer::intValue).sum();
    }

    // ---- faults

    void troubled() {
        if (!calm) {
            time.after(between(5_000_000, 400_000_000), () -> {
                if (!calm) {
                    fault();
                    troubled();
                }
            });
        }
    }

    private void fault() {
        SimulatedAgent agent = agents.get(random.nextInt(agents.size()));
        switch (random.nextInt(12)) {
            case 0 -> killRouter();
            case 1 -> kafkaFails();
            case 2 -> agent.kill();
            case 3 -> {
                revision++;
                router.policy(policy());
            }
            case 4, 5, 6 -> order(CheckpointKind.USER);
            case 7 -> order(CheckpointKind.APP);
            case 8 -> {
                router.ownership(new Ownership(Set.of(), Map.of(0, "other:1")));
                time.after(between(0, 10_000_000), () -> router.ownership(new Ownership(Set.of(0), Map.of())));
            }
            default -> agent.loseConnection();
        }
    }

    private void order(CheckpointKind kind) {
        router.command(AgentCommand.newBuilder()
                .setCommandId(CommandId.random().toString())
                .setExpiresAtMicros(time.micros() + 5_000_000)
                .setCutCheckpoint(CutCheckpoint.newBuilder()
                        .setPgId(pg.toString())
                        .setCheckpointId(CheckpointId.random().toString())
                        .setKind(kind)
                        .setName("n"))
                .build());
    }

    boolean isCalm() {
        return calm;
    }

    void calm() {
        calm = true;
    }

    private static final class Events implements EventLog {
        @Override
        public void publish(AgentEvent event) {}

        @Override
        public void status(StreamId stream, StreamStatus status) {}

        @Override
        public void forgetStatus(StreamId stream) {}
    }

    private final class Meters extends NoMeters {
        @Override
        public void inFlightBytes(long bytes) {
            inFlight = bytes;
        }

        @Override
        public void waitingRoomBytes(long bytes) {
            mostInWaitingRoom = Math.max(mostInWaitingRoom, bytes);
        }

        @Override
        public void checkpointCut(Cut.Kind kind) {}

        @Override
        public void checkpointDiscarded(Discard why) {
            discards.merge(why, 1, Integer::sum);
        }
    }
}
