package io.holdfast.e2e;

import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.kernel.Block;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.workload.WorkloadPlan;
import io.holdfast.testkit.workload.WorkloadRunner;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** A protected machine with a seeded guest at work on its disks, and a record of what the guest was promised when. */
final class ProtectedWorkload implements AutoCloseable {
    private static final Duration SAMPLE_PAUSE = Duration.ofMillis(20);
    private static final Objectives OBJECTIVES = new Objectives(Duration.ofSeconds(1), Duration.ofHours(1));

    private final ProtectedMachine machine;
    private final WorkloadPlan plan;
    private final WorkloadRunner guest;
    private final NavigableMap<Instant, Long> acknowledgedAt = new ConcurrentSkipListMap<>();
    private final Thread sampler;

    private ProtectedWorkload(ProtectedMachine machine, WorkloadPlan plan, WorkloadRunner guest) {
        this.machine = machine;
        this.plan = plan;
        this.guest = guest;
        this.sampler = Thread.ofVirtual().start(this::sample);
    }

    /** Makes empty disks below {@code disksBelow}, protects them, waits until they are protected and starts the guest. */
    static ProtectedWorkload start(SiteClient site, Path disksBelow, String name, WorkloadPlan plan)
            throws IOException {
        return start(name, plan, ProtectedMachine.attach(site, name, disks(disksBelow, name, plan), OBJECTIVES));
    }

    /** As {@link #start}, with the disks one after the other on these hosts, as one VM each in one group. */
    static ProtectedWorkload startOverHosts(
            SiteClient site, Path disksBelow, String name, WorkloadPlan plan, List<String> hosts) throws IOException {
        Map<String, Map<String, Path>> byHost = new LinkedHashMap<>();
        int next = 0;
        for (var disk : disks(disksBelow, name, plan).entrySet()) {
            byHost.computeIfAbsent(hosts.get(next++ % hosts.size()), _ -> new LinkedHashMap<>())
                    .put(disk.getKey(), disk.getValue());
        }
        return start(name, plan, ProtectedMachine.attachOverHosts(site, name, byHost, OBJECTIVES));
    }

    private static Map<String, Path> disks(Path disksBelow, String name, WorkloadPlan plan) throws IOException {
        Map<String, Path> backings = new LinkedHashMap<>();
        Path folder = Files.createDirectories(disksBelow.resolve(name));
        for (int disk = 0; disk < plan.disks(); disk++) {
            Path file = folder.resolve("disk" + disk + ".raw");
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                raw.setLength(Block.offsetOf(plan.firstBlock() + plan.blocksPerDisk()));
            }
            backings.put("disk" + disk, file);
        }
        return backings;
    }

    private static ProtectedWorkload start(String name, WorkloadPlan plan, ProtectedMachine machine) {
        System.out.println("workload " + name + ": " + plan);
        machine.start();
        machine.awaitLifecycle("PROTECTED", Duration.ofSeconds(60));
        WorkloadRunner guest = new WorkloadRunner(
                plan, disk -> open(machine.disks().get(disk)), Duration.ofMillis(1), Duration.ofSeconds(90));
        return new ProtectedWorkload(machine, plan, guest.start());
    }

    private static NbdClient open(Disk disk) throws IOException {
        return NbdClient.open(disk.address(), disk.export());
    }

    private void sample() {
        while (guest.isRunning()) {
            // The instant is taken first: what is acknowledged by then was acknowledged before it.
            long acknowledged = guest.acknowledged();
            acknowledgedAt.put(Instant.now(), acknowledged);
            try {
                Thread.sleep(SAMPLE_PAUSE);
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    ProtectedMachine machine() {
        return machine;
    }

    WorkloadRunner guest() {
        return guest;
    }

    WorkloadPlan plan() {
        return plan;
    }

    NavigableMap<Instant, Long> acknowledgedAt() {
        return acknowledgedAt;
    }

    /** Ends the guest after its present operation. */
    void stopGuest() throws InterruptedException {
        guest.stop();
        sampler.join();
    }

    @Override
    public void close() {
        if (guest.isRunning()) {
            try {
                stopGuest();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
