package io.holdfast.simulation;

import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One schedule from its seed: steps in disorder, then a calm in which everything must come right. */
final class Run implements SimDisk.Moments {
    private static final int LONGEST_OPERATION_BLOCKS = 64;
    private static final int CALM_ROUNDS = 120;
    /** More where syncs compare: a journal that lost a sync's beginning gives no answer, and the agent waits a minute of 0.4 s rounds before it sends everything. */
    private static final int COMPARING_CALM_ROUNDS = CALM_ROUNDS + 180;
    /** How often each kind of step is taken, in parts; a run has habits of its own. The first ones also happen while a disk works. */
    private static final int[] USUAL = {
        220,
        120,
        100,
        80,
        80,
        70,
        30, // guest, copy, send, up, down, Kafka confirms, heartbeat
        40,
        12,
        25,
        20,
        40,
        12,
        12,
        12,
        40,
        60, // order, whole syncs, settle, time, journal reads, flushes, reports, is heard, start or connect, hashes
        7,
        4,
        10,
        4,
        6,
        4,
        8,
        5,
        8,
        3, // link, Kafka fails, late records, router, agent, power, journal crash, pause, records again, records lost
        4 // a quiet time
    };

    private static final int KINDS = USUAL.length;
    private static final int ORDINARY = 7;

    /** What a guest writes, and a second that does while the first one's disk works: all zeroes but the stamps, written anew each time. */
    private static final ByteBuffer BYTES = ByteBuffer.allocate(LONGEST_OPERATION_BLOCKS * Content.BLOCK_BYTES);

    private static final ByteBuffer NESTED_BYTES = ByteBuffer.allocate(BYTES.capacity());

    private final Schedule schedule;
    private final World world;
    private final int steps;
    private final Habits habits;
    private final int[] checked;
    private long stamps;
    private boolean calm;
    private boolean nested;
    private boolean journalsLostRecords;

    Run(Schedule schedule, Mutation mutation) {
        this.schedule = schedule;
        this.world = new World(schedule, mutation, this);
        this.steps = 40 + schedule.below(schedule.oneIn(4) ? 600 : 120);
        this.habits = new Habits(schedule, USUAL);
        this.checked = new int[world.groups.size()];
    }

    /** @return checkpoints that were listed and compared */
    long play() throws IOException {
        boolean ended = false;
        try {
            if (schedule.below(3) > 0) {
                quiet(CALM_ROUNDS);
            }
            for (int step = 0; step < steps; step++) {
                world.pass(1 + schedule.below(2000));
                step();
                check();
            }
            settle();
            check();
            if (!journalsLostRecords) {
                world.groups.forEach(world::checkAppliedAgain);
            }
            world.end();
            ended = true;
        } finally {
            if (!ended) {
                world.abandon();
            }
        }
        return world.checkpoints();
    }

    int steps() {
        return steps;
    }

    private void check() {
        for (int i = 0; i < checked.length; i++) {
            SimGroup group = world.groups.get(i);
            world.checkCheckpoints(group, checked[i]);
            checked[i] = group.journal().history().checkpoints().size();
        }
    }

    // ---- disorder

    private void step() throws IOException {
        SimHost host = schedule.oneOf(world.hosts);
        int kind = habits.pick(0, KINDS);
        if (kind < ORDINARY) {
            ordinary(host, Optional.empty(), kind);
        } else if (kind == KINDS - 1) {
            quiet(1 + schedule.below(4));
        } else {
            control(host, kind);
        }
    }

    /** What also happens while a disk works on a guest's write. */
    private void ordinary(SimHost host, Optional<SimDisk> busy, int kind) throws IOException {
        switch (kind) {
            case 0 -> guestOperation(host, busy);
            case 1 -> {
                SimDisk disk = schedule.oneOf(host.disks());
                SimAgent agent = host.process().orElse(null);
                if (agent != null && agent.copy(disk, busy.orElse(null))) {
                    world.note(() -> "host %d copies from disk %d".formatted(host.number(), disk.index()));
                }
            }
            case 2 -> host.process().ifPresent(agent -> agent.sendBatch(schedule.below(3) > 0));
            case 3 -> host.process().flatMap(SimAgent::link).ifPresent(SimLink::deliverUp);
            case 4 -> host.process().ifPresent(SimAgent::receive);
            case 5 -> {
                world.kafka.confirm(1 + schedule.below(3));
                world.router.settle();
            }
            default -> host.process().ifPresent(SimAgent::beat);
        }
    }

    private void control(SimHost host, int kind) {
        switch (kind) {
            case 7 -> alive(host, SimAgent::carryOutOrder);
            case 8 -> alive(host, SimAgent::recordWholeSyncs);
            case 9 -> alive(host, SimAgent::settle);
            case 10 -> {
                world.pass(1000L * schedule.below(1500));
                world.router.tick();
            }
            case 11 -> readJournal(schedule.oneOf(world.groups), 1 + schedule.below(6));
            case 12 -> schedule.oneOf(world.groups).journal().flush();
            case 13 -> world.statuses.add(schedule.oneOf(world.groups).journal().status());
            case 14 -> {
                SimJournal.Status status = world.statuses.poll();
                if (status != null) {
                    world.router.journal(status);
                }
            }
            case 15 -> startOrConnect(host);
            case 16 -> hashesMoveOn();
            default -> fault(host, kind);
        }
    }

    private void hashesMoveOn() {
        switch (schedule.below(8)) {
            case 0 -> world.replicas.expire();
            case 1, 2, 3 -> world.replicas.look();
            default -> world.replicas.arrive();
        }
        world.router.settle();
    }

    private interface Work {
        void run(SimAgent agent);
    }

    /** On the agent's control thread, at whose writes to stable storage the process may end. */
    private void alive(SimHost host, Work work) {
        if (host.process().isEmpty()) {
            return;
        }
        try {
            host.state().deadly(calm ? 0 : 60);
            work.run(host.process().get());
        } catch (ProcessDied killed) {
            agentDied(host);
        } finally {
            host.state().deadly(0);
        }
    }

    private void readJournal(SimGroup group, int most) {
        group.journal().read(world.kafka.log(), most);
    }

    private void fault(SimHost host, int kind) {
        switch (kind) {
            case 17 -> {
                world.note(() -> "host %d loses its connection".formatted(host.number()));
                host.process().ifPresent(SimAgent::loseLink);
            }
            case 18 -> {
                world.note(() -> "kafka fails");
                world.kafka.fail();
                world.router.settle();
            }
            case 19 -> world.kafka.lateArrives(1 + schedule.below(3));
            case 20 -> {
                world.note(() -> "the router is killed");
                world.restartRouter();
            }
            case 21 -> {
                world.note(() -> "the agent of host %d is killed".formatted(host.number()));
                agentDied(host);
            }
            case 22 -> losePower(host);
            case 23 -> {
                SimGroup group = schedule.oneOf(world.groups);
                world.note(() -> "the journal of group %s crashes".formatted(group.pg()));
                group.journal().crash();
                forgetChecked();
            }
            case 24 -> {
                SimGroup group = schedule.oneOf(world.groups);
                world.note(() -> "group %s paused: %s".formatted(group.pg(), !group.paused()));
                group.pause(!group.paused());
                world.router.policy(group.routerPolicy());
            }
            case 25 -> deliverAgain();
            default -> loseRecords(schedule.oneOf(world.groups));
        }
    }

    private void forgetChecked() {
        for (int i = 0; i < checked.length; i++) {
            checked[i] = Math.min(
                    checked[i],
                    world.groups.get(i).journal().history().checkpoints().size());
        }
    }

    private void startOrConnect(SimHost host) {
        if (host.process().isEmpty()) {
            start(host);
        } else {
            world.connect(host);
        }
    }

    private void start(SimHost host) {
        world.note(() -> "the agent of host %d starts".formatted(host.number()));
        try {
            host.state().deadly(calm ? 0 : 60);
            world.startAgent(host);
        } catch (ProcessDied killed) {
            agentDied(host);
        } finally {
            host.state().deadly(0);
        }
    }

    private void agentDied(SimHost host) {
        host.processEnded();
        host.disks().forEach(disk -> world.groupOf(disk).oracle().adopt(disk, world.micros()));
    }

    private void losePower(SimHost host) {
        world.note(() -> "host %d loses its power".formatted(host.number()));
        host.processEnded();
        host.state().losePower();
        host.unanswered().clear();
        for (SimDisk disk : host.disks()) {
            disk.losePower(schedule);
            world.groupOf(disk).oracle().adopt(disk, world.micros());
        }
    }

    private void deliverAgain() {
        if (!world.kafka.log().isEmpty()) {
            int from = schedule.below(world.kafka.log().size());
            List<LoggedRecord> log = world.kafka.log();
            // A router that died, or a producer that had to repeat: the same records once more, at the topic's end.
            log.addAll(List.copyOf(log.subList(from, Math.min(log.size(), from + 1 + schedule.below(4)))));
        }
    }

    private void loseRecords(SimGroup group) {
        long next = group.journal().nextOffset();
        int end = world.kafka.log().size();
        if (next < end) {
            journalsLostRecords = true;
            world.note(() -> "kafka forgets what the journal of group %s has not read".formatted(group.pg()));
            if (schedule.oneIn(2)) {
                group.journal().unreadable();
            } else {
                group.journal().kafkaLost(next + 1 + schedule.below((int) (end - next)));
            }
            group.journal().flush();
        }
    }

    // ---- guests

    private void guestOperation(SimHost host, Optional<SimDisk> busy) throws IOException {
        if (host.process().isEmpty()) {
            return;
        }
        if (!host.unanswered().isEmpty() && busy.isEmpty()) {
            carryOut(host, host.unanswered().removeFirst());
            return;
        }
        SimDisk disk = schedule.oneOf(host.disks());
        // Another write to the same disk would wait for the range lock of the one in progress.
        if (busy.isPresent() && busy.get() == disk) {
            return;
        }
        carryOut(host, newOperation(disk));
    }

    private Operation newOperation(SimDisk disk) {
        boolean whole = schedule.below(4) > 0;
        int longest = Math.min(disk.sectors(), (schedule.oneIn(6) ? LONGEST_OPERATION_BLOCKS : 2) * 8);
        int sectors = 1 + schedule.below(longest);
        int sector = schedule.below(disk.sectors() - sectors + 1);
        if (whole) {
            sector &= -8;
            sectors = Math.min((sectors + 7) & -8, disk.sectors() - sector);
        }
        int kind = schedule.below(10);
        return new Operation(disk, sector, sectors, kind < 7 ? ++stamps : 0, kind == 9);
    }

    private void carryOut(SimHost host, Operation operation) {
        world.note(() -> "guest of host %d: %s".formatted(host.number(), operation));
        SimDisk disk = operation.disk();
        var guest = host.process().orElseThrow().guest(disk);
        Oracle oracle = world.groupOf(disk).oracle();
        host.unanswered().add(operation);
        try {
            if (operation.discard()) {
                guest.trim(operation.offset(), operation.length(), false);
            } else if (operation.stamp() == 0) {
                guest.zero(operation.offset(), operation.length(), ZeroOptions.DEFAULT);
            } else {
                guest.write(operation.offset(), bytes(operation), false);
            }
            if (schedule.oneIn(12)) {
                guest.flush();
            }
            oracle.completed(operation, world.micros());
            host.unanswered().remove(operation);
        } catch (IOException failed) {
            world.note(() -> "the disk fails: " + failed.getMessage());
            oracle.adopt(disk, world.micros());
            host.unanswered().remove(operation);
        } catch (ProcessDied killed) {
            if (nested) {
                throw killed;
            }
            world.note(() -> "the agent of host %d is killed in the middle of it".formatted(host.number()));
            agentDied(host);
        }
    }

    private ByteBuffer bytes(Operation operation) {
        ByteBuffer bytes = (nested ? NESTED_BYTES : BYTES).slice(0, (int) operation.length());
        for (int at = 0; at < bytes.capacity(); at += Content.SECTOR_BYTES) {
            bytes.putLong(at, operation.stamp());
        }
        return bytes;
    }

    @Override
    public boolean writing(SimDisk disk) {
        if (calm) {
            return false;
        }
        if (schedule.oneIn(150)) {
            throw new ProcessDied();
        }
        if (!nested && schedule.oneIn(6)) {
            nested = true;
            try {
                SimHost host = world.hostOf(disk);
                for (int i = schedule.below(4); i >= 0; i--) {
                    ordinary(host, Optional.of(disk), habits.pick(0, ORDINARY));
                }
            } catch (IOException impossible) {
                throw new IllegalStateException(impossible);
            } finally {
                nested = false;
            }
        }
        return schedule.oneIn(100);
    }

    // ---- calm

    private void settle() throws IOException {
        for (SimGroup group : world.groups) {
            if (group.paused()) {
                group.pause(false);
                world.router.policy(group.routerPolicy());
            }
        }
        int rounds = world.compares() ? COMPARING_CALM_ROUNDS : CALM_ROUNDS;
        if (!quiet(rounds)) {
            StringBuilder state = new StringBuilder();
            world.hosts.forEach(host ->
                    state.append("\nhost ").append(host.number()).append(": ").append(host.process()));
            world.groups.forEach(group ->
                    state.append("\njournal ").append(group.pg()).append(": ").append(group.journal()));
            throw new Violation(Violation.Rule.SETTLES, "not within %d calm rounds:%s".formatted(rounds, state));
        }
    }

    /** No faults, and everybody does what is due. True: everything came right within that many rounds. */
    private boolean quiet(int rounds) throws IOException {
        calm = true;
        try {
            world.note(() -> "calm");
            // The next marker is always on its way somewhere, so not everything is at rest in the same round.
            Set<SimHost> drained = new HashSet<>();
            for (int round = 0; round < rounds; round++) {
                for (SimHost host : world.hosts) {
                    calmHost(host);
                }
                world.kafka.lateArrives(1000);
                world.kafka.confirm(1000);
                world.router.settle();
                for (SimGroup group : world.groups) {
                    readJournal(group, 1000);
                    world.router.journal(group.journal().status());
                }
                world.replicas.answerAll();
                world.router.settle();
                for (SimHost host : world.hosts) {
                    if (host.process().orElseThrow().isDrained()) {
                        drained.add(host);
                    }
                }
                if (drained.size() == world.hosts.size() && areRight(world.groups)) {
                    return true;
                }
                world.pass(400_000);
                world.router.tick();
            }
            return false;
        } finally {
            calm = false;
        }
    }

    private void calmHost(SimHost host) throws IOException {
        if (host.process().isEmpty()) {
            start(host);
        }
        world.connect(host);
        while (!host.unanswered().isEmpty()) {
            carryOut(host, host.unanswered().removeFirst());
        }
        SimAgent agent = host.process().orElseThrow();
        agent.beat();
        for (boolean more = true; more; ) {
            more = agent.carryOutOrder() | agent.receive() | agent.sendBatch(true);
            more |= agent.link().map(SimLink::deliverUp).orElse(false);
        }
        for (SimDisk disk : host.disks()) {
            for (int i = 0; i < 40 && agent.copy(disk, null); i++) {
                agent.sendBatch(true);
                agent.link().ifPresent(SimLink::deliverUp);
            }
        }
        agent.recordWholeSyncs();
    }

    private static boolean areRight(List<SimGroup> groups) {
        for (SimGroup group : groups) {
            if (!isRight(group)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isRight(SimGroup group) {
        var listed = group.journal().history().checkpoints();
        return !listed.isEmpty()
                && listed.getLast().image() == group.oracle().image()
                && group.journal().history().images().last() == group.oracle().image();
    }
}
