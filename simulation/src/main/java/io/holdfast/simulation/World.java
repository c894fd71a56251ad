package io.holdfast.simulation;

import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.hosting.AgentIdentity;
import io.holdfast.replicationagent.stream.SegmentPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Everything of one run, and the checks that nothing may break. */
final class World {
    private static final int SEGMENT_BYTES = 256 << 10;
    private static final int SEGMENTS = 4;
    private static final int[] DISK_BLOCKS = {3, 17, 20, 40, 258};
    /** Hashing is dear: 64 KiB on both sides for a block that was written. */
    private static final int RUNS_FOR_ONE_THAT_COMPARES = 4;

    private static final long START_MICROS = 1_767_225_600_000_000L;

    /** One ring for each host, used by one run after another: its memory is the dearest part of a world. */
    private static final ThreadLocal<List<SegmentPool>> POOLS = ThreadLocal.withInitial(ArrayList::new);

    final Schedule schedule;
    final SimKafka kafka;
    final SimReplicas replicas;
    final SimRouter router;
    final List<SimHost> hosts = new ArrayList<>();
    final List<SimGroup> groups = new ArrayList<>();
    final Deque<SimJournal.Status> statuses = new ArrayDeque<>();
    private final Map<SimDisk, SimGroup> groupOfDisk = new HashMap<>();
    private final Map<SimDisk, SimHost> hostOfDisk = new HashMap<>();
    private final Mutation mutation;
    private final boolean compares;
    private final SiteId site;
    private final Deque<Runnable> routerLoop = new ArrayDeque<>();
    private long micros = START_MICROS;
    private long checkpoints;

    World(Schedule schedule, Mutation mutation, SimDisk.Moments moments) {
        this.schedule = schedule;
        this.mutation = mutation;
        this.site = new SiteId(schedule.id());
        this.kafka = new SimKafka(schedule, mutation, routerLoop, this::micros);
        this.replicas = new SimReplicas(schedule, this::journalOf);
        this.router = new SimRouter(routerLoop, kafka, replicas, this::micros);
        this.compares = schedule.oneIn(RUNS_FOR_ONE_THAT_COMPARES);
        int hostCount = 1 + schedule.below(2);
        for (int number = 0; number < hostCount; number++) {
            SimHost host =
                    new SimHost(number, new AgentId(schedule.id()), new HostState(schedule, mutation), pool(number));
            hosts.add(host);
            int groupCount = hostCount == 1 ? 1 + schedule.below(2) : 1;
            for (int i = 0; i < groupCount; i++) {
                addGroup(host, moments);
            }
        }
        router.start(List.of());
        groups.forEach(group -> router.policy(group.routerPolicy()));
    }

    private static SegmentPool pool(int number) {
        List<SegmentPool> pools = POOLS.get();
        while (pools.size() <= number) {
            pools.add(new SegmentPool((long) SEGMENTS * SEGMENT_BYTES, SEGMENT_BYTES));
        }
        return pools.get(number);
    }

    private void addGroup(SimHost host, SimDisk.Moments moments) {
        List<SimDisk> disks = new ArrayList<>();
        int count = 1 + schedule.below(2);
        for (int index = 0; index < count; index++) {
            SimDisk disk = new SimDisk(
                    new VolumeId(schedule.id()), index, DISK_BLOCKS[schedule.below(DISK_BLOCKS.length)], moments);
            if (mutation == Mutation.MARKS_ARE_CLEARED_BEFORE_THE_DISK_IS_FLUSHED) {
                disk.ignoreFlush();
            }
            disks.add(disk);
        }
        host.disks().addAll(disks);
        SimGroup group =
                new SimGroup(new PgId(schedule.id()), host.agent(), new VmId(schedule.id()), List.copyOf(disks));
        MemoryHistory history = new MemoryHistory(mutation, (lsn, image) -> consistent(group, lsn, image));
        group.journal(
                new SimJournal(group.journalPolicy(), mutation, history, checkpoint -> listed(group, checkpoint)));
        groups.add(group);
        disks.forEach(disk -> {
            groupOfDisk.put(disk, group);
            hostOfDisk.put(disk, host);
        });
    }

    long micros() {
        return micros;
    }

    void pass(long more) {
        micros += more;
    }

    void note(Supplier<String> what) {
        schedule.note(what);
    }

    /** Checkpoints listed so far: a run in which there are none has shown little. */
    long checkpoints() {
        return checkpoints;
    }

    void startAgent(SimHost host) {
        host.runs(new SimAgent(
                host,
                this,
                new AgentIdentity(
                        site, host.agent(), new HostId(host.agent().value()), "host", "simulation", schedule.id())));
    }

    void connect(SimHost host) {
        host.process().filter(agent -> !agent.isConnected()).ifPresent(agent -> {
            agent.loseLink();
            SimLink link = new SimLink(router);
            agent.connect(link);
            router.connected(site, host, link);
        });
    }

    void restartRouter() {
        hosts.forEach(host -> host.process().ifPresent(SimAgent::loseLink));
        kafka.abandon();
        statuses.clear();
        replicas.forget();
        router.start(groups.stream().map(SimGroup::routerPolicy).toList());
    }

    SimGroup groupOf(SimDisk disk) {
        return groupOfDisk.get(disk);
    }

    private SimJournal journalOf(PgId pg) {
        return groups.stream()
                .filter(group -> group.pg().equals(pg))
                .findFirst()
                .orElseThrow()
                .journal();
    }

    /** Whether syncs of this run look at what the replica has before they send. */
    boolean compares() {
        return compares;
    }

    SimHost hostOf(SimDisk disk) {
        return hostOfDisk.get(disk);
    }

    // ---- what the parts report, and the invariants

    void acknowledged(StreamId stream, StreamPosition position) {
        kafka.checkAcknowledged(stream, position);
    }

    void marked(PgId pg, CheckpointId checkpoint) {
        for (SimGroup group : groups) {
            if (group.pg().equals(pg)) {
                group.oracle().marked(checkpoint);
            }
        }
    }

    private void consistent(SimGroup group, long lsn, long image) {
        if (!group.oracle().wasAnInstant(image)) {
            throw new Violation(
                    Violation.Rule.INVARIANT_1,
                    "LSN %d of group %s is in a consistent range and is no instant of its disks; other than now: %s"
                            .formatted(
                                    lsn,
                                    group.pg(),
                                    group.oracle().differences(group.journal().history())));
        }
    }

    private void listed(SimGroup group, Checkpoint checkpoint) {
        checkpoints++;
        note(() -> "checkpoint %s is listed at LSN %s".formatted(checkpoint.id(), checkpoint.lsn()));
    }

    /** Every checkpoint that is listed now. */
    void checkCheckpoints(SimGroup group, int from) {
        List<MemoryHistory.Listed> listed = group.journal().history().checkpoints();
        for (MemoryHistory.Listed checkpoint : listed.subList(Math.min(from, listed.size()), listed.size())) {
            Oracle oracle = group.oracle();
            Oracle.Instant here = oracle.markerOf(checkpoint.id(), checkpoint.image())
                    .orElseThrow(() -> new Violation(
                            Violation.Rule.INVARIANT_1,
                            "checkpoint %s at LSN %d is not what the disks were at any of its markers"
                                    .formatted(checkpoint.id(), checkpoint.lsn())));
            int due = oracle.completedBy(checkpoint.cutAtMicros());
            if (here.operations() < due) {
                throw new Violation(
                        Violation.Rule.INVARIANT_7,
                        "checkpoint %s says it was cut after %d operations and holds %d"
                                .formatted(checkpoint.id(), due, here.operations()));
            }
        }
    }

    /** A second journal that reads everything from the start, without a crash, is the same. */
    void checkAppliedAgain(SimGroup group) {
        MemoryHistory again = new MemoryHistory(mutation, (_, _) -> {});
        SimJournal second = new SimJournal(group.journalPolicy(), mutation, again, _ -> {});
        second.read(kafka.log(), Integer.MAX_VALUE);
        MemoryHistory first = group.journal().history();
        if (!again.images().sameAs(first.images()) || !again.checkpoints().equals(first.checkpoints())) {
            throw new Violation(
                    Violation.Rule.INVARIANT_4,
                    "applied again from the start: %d LSNs and %d checkpoints instead of %d and %d, or other bytes"
                            .formatted(
                                    again.images().size() - 1,
                                    again.checkpoints().size(),
                                    first.images().size() - 1,
                                    first.checkpoints().size()));
        }
    }

    /** The end of everything: memory that was lent is back. */
    void end() {
        hosts.forEach(SimHost::processEnded);
        for (SimHost host : hosts) {
            if (host.pool().lentBytes() != 0) {
                POOLS.remove();
                throw new Violation(
                        Violation.Rule.INVARIANT_6, host.pool().lentBytes() + " bytes of ring are still lent");
            }
        }
    }

    void abandon() {
        POOLS.remove();
    }
}
