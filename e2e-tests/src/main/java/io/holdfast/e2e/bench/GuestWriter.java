package io.holdfast.e2e.bench;

import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.nbd.client.NbdClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A guest that writes 64 KiB at random places as fast as the pipeline takes them, and no faster: after each look at the agent's ring it may
 * write as much as is missing to {@link #MOST_FILL} of it. A guest without that would fill the ring, and from there on the agent notes
 * regions instead of sending writes, which is right for the guest and measures nothing.
 */
final class GuestWriter {
    static final int BLOCK_BYTES = 64 << 10;

    private static final double MOST_FILL = 0.50;
    /** Looking costs the agent a REST answer; ten a second cost nothing that shows, fifty cost half of its processor time. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final int WRITERS = 4;
    /** Handed out block after block: two equal blocks are never within one batch, so nothing compresses. */
    private static final int POOL_BYTES = 64 << 20;

    private final ProtectedMachine.Disk disk;
    private final Pipeline pipeline;
    private final byte[] pool = new byte[POOL_BYTES];
    private final AtomicLong written = new AtomicLong();
    /** Writes that may still begin before the next look. */
    private final AtomicLong allowance = new AtomicLong();

    private volatile boolean ended;

    GuestWriter(ProtectedMachine.Disk disk, Pipeline pipeline, long seed) {
        this.disk = disk;
        this.pipeline = pipeline;
        new SplittableRandom(seed).nextBytes(pool);
    }

    /**
     * Writes for {@code run}.
     *
     * @return bytes written
     * @throws IllegalStateException when a write fails, or when the ring overflowed all the same: then nothing was measured
     */
    long run(Duration run) {
        try (NbdClient device = NbdClient.open(disk.address(), disk.export());
                ExecutorService threads = Executors.newFixedThreadPool(
                        WRITERS, Thread.ofPlatform().name("bench-guest-", 0).factory())) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                SplittableRandom places = new SplittableRandom(i);
                writers.add(threads.submit(() -> {
                    write(device, places);
                    return null;
                }));
            }
            long deadline = System.nanoTime() + run.toNanos();
            try {
                while (System.nanoTime() < deadline) {
                    look();
                    LockSupport.parkNanos(LOOK.toNanos());
                }
            } finally {
                ended = true;
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
            return written.get() * BLOCK_BYTES;
        } catch (IOException | ExecutionException failed) {
            throw new IllegalStateException("the guest cannot write", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the guest wrote", interrupted);
        }
    }

    private void look() {
        Pipeline.AgentSide agent = pipeline.agent();
        if (!agent.inSync()) {
            throw new IllegalStateException(
                    "the ring overflowed although the guest kept it below %.0f %%".formatted(MOST_FILL * 100));
        }
        allowance.set((long) (MOST_FILL * agent.ringLimitBytes() - agent.ringUsedBytes()) / BLOCK_BYTES);
    }

    private void write(NbdClient device, SplittableRandom places) throws IOException {
        long blocks = disk.sizeBytes() / BLOCK_BYTES;
        while (!ended) {
            if (allowance.getAndDecrement() <= 0) {
                LockSupport.parkNanos(1_000_000);
                continue;
            }
            int from = (int) (written.getAndIncrement() % (POOL_BYTES / BLOCK_BYTES)) * BLOCK_BYTES;
            device.write(
                    places.nextLong(blocks) * BLOCK_BYTES,
                    ByteBuffer.wrap(pool, from, BLOCK_BYTES).slice(),
                    false);
        }
    }
}
