package io.holdfast.e2e.bench;

import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.kernel.Block;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The sync of a way home: the disk that was left at home is imported there as a seed, and what runs elsewhere differs from it in blocks all over the disk, as a
 * database's does. Nobody writes meanwhile, so all that is sent is the delta.
 */
final class FailbackBytes implements Benchmark {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int DISK_MEBIBYTES = 256;
    /** One block in a hundred. */
    private static final int CHANGED_BLOCKS = (DISK_MEBIBYTES << 20) / Block.SIZE_BYTES / 100;

    private static final String SEED = "left-at-home.raw";

    @Override
    public String title() {
        return "failback: bytes sent";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        Path seed = Disks.make(site.parts().directory().seeds().resolve(SEED), DISK_MEBIBYTES, 77);
        Path disk = site.work().resolve("coming-home.raw");
        long changed = copyAndChange(seed, disk);
        ProtectedMachine machine = ProtectedMachine.attach(
                site.client(),
                "coming-home",
                Map.of("disk", disk),
                new Objectives(BenchSite.SHORT_INTERVAL, Duration.ofHours(1)));
        site.client().post(machine.groupPath() + "/start?paused=true");
        machine.importSeed(machine.disks().getFirst().volumeId(), SEED, LIMIT);
        long start = System.nanoTime();
        site.client().post(machine.groupPath() + "/resume");
        machine.awaitLifecycle("PROTECTED", LIMIT);
        double seconds = Poll.secondsSince(start);
        double sent = sentInAll(site.pipelineOf(machine));
        site.client().post(machine.groupPath() + "/pause");
        return List.of(Row.compared(
                        "failback, a disk of %d MiB that differs in %,d blocks: bytes sent, against bytes that differ"
                                .formatted(DISK_MEBIBYTES, CHANGED_BLOCKS),
                        "MB",
                        sent / 1e6,
                        changed / 1e6,
                        sent / changed,
                        Budget.ratioAtMost(1.2))
                .with("seconds to PROTECTED", seconds));
    }

    /** @return bytes of the blocks that differ */
    private static long copyAndChange(Path seed, Path disk) {
        SplittableRandom random = new SplittableRandom(78);
        int[] blocks = IntStream.generate(() -> random.nextInt((DISK_MEBIBYTES << 20) / Block.SIZE_BYTES))
                .distinct()
                .limit(CHANGED_BLOCKS)
                .toArray();
        byte[] bytes = new byte[Block.SIZE_BYTES];
        try {
            Files.copy(seed, disk);
            try (FileChannel out = FileChannel.open(disk, StandardOpenOption.WRITE)) {
                for (int block : blocks) {
                    random.nextBytes(bytes);
                    out.write(ByteBuffer.wrap(bytes), (long) block * Block.SIZE_BYTES);
                }
                out.force(true);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return (long) blocks.length * Block.SIZE_BYTES;
    }

    /** The metric is as of up to a second ago: the same twice, two seconds apart. */
    private static double sentInAll(Pipeline pipeline) {
        double[] last = {-1};
        Poll.until("nothing more is sent", Duration.ofSeconds(2), LIMIT, () -> {
            double now = pipeline.sentBytes();
            boolean same = now > 0 && now == last[0];
            last[0] = now;
            return same;
        });
        return last[0];
    }
}
