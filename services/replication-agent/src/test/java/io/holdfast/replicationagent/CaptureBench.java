package io.holdfast.replicationagent;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.Wait;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Not a test: serves one disk for an outside load, such as fio, until standard input ends. Arguments: mode, folder, disk size in bytes.
 *
 * <p>Modes: {@code idle} (attached, not assigned), {@code overflow} (assigned, in sync, then the router goes away for good), {@code draining} (assigned, the router in this
 * process takes everything).
 */
final class CaptureBench {
    private CaptureBench() {}

    public static void main(String... args) throws Exception {
        String mode = args[0];
        Path folder = Files.createTempDirectory(Path.of(args[1]), "bench");
        long bytes = Long.parseLong(args[2]);
        AgentFixture fixture = new AgentFixture(folder, Math.toIntExact(bytes));
        fixture.ringSize = DataSize.ofMiB(64);
        Path disk = fixture.disk("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            byte[] chunk = new byte[1 << 20];
            java.util.Arrays.fill(chunk, (byte) 7);
            for (long at = 0; at < bytes; at += chunk.length) {
                file.write(chunk);
            }
        }
        fixture.connected();
        VolumeId volume = VolumeId.random();
        fixture.attach(fixture.vm, "bench", List.of(AgentFixture.volume(volume, "disk", disk)));
        if (!mode.equals("idle")) {
            fixture.assign(false, volume);
            Wait.until("in sync", () -> fixture.replica().isInSync(volume), fixture::evidence);
        }
        if (mode.equals("overflow")) {
            fixture.router.close();
        }
        System.out.println("READY " + fixture.agent.nbdAddress().getPort() + " bench/disk");
        while (System.in.read() >= 0) {
            System.out.println(fixture.evidence());
        }
        System.out.println(fixture.evidence());
        Runtime.getRuntime().halt(0);
    }
}
