package io.holdfast.testkit.workload;

import io.holdfast.kernel.Block;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.testkit.workload.Operation.Discard;
import io.holdfast.testkit.workload.Operation.Flush;
import io.holdfast.testkit.workload.Operation.Write;
import io.holdfast.testkit.workload.Operation.Zero;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A guest: carries out a {@link WorkloadPlan} through real block devices, one operation after another, on a thread of its own.
 *
 * <p>Like a guest whose disk hangs, it repeats an operation that failed until it succeeds, on a freshly opened device, and goes on
 * only then; after {@code patience} it gives up and {@link #stop} throws. Counters may be read from any thread.
 */
public final class WorkloadRunner {
    /** Opens the disk anew, for the first time and after each failure. */
    @FunctionalInterface
    public interface DiskOpener {
        BlockDevice open(int disk) throws IOException;
    }

    private static final Duration RETRY_PAUSE = Duration.ofMillis(50);

    private final WorkloadPlan plan;
    private final DiskOpener opener;
    private final Duration patience;
    private final long pauseNanos;
    private final BlockDevice[] disks;
    private final AtomicLong issued = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong repeated = new AtomicLong();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile Throwable failure;

    /**
     * @param pauseBetweenOperations how long the guest rests after each operation; zero = as fast as it can
     * @param patience how long one operation may stay unacknowledged, faults included
     */
    public WorkloadRunner(WorkloadPlan plan, DiskOpener opener, Duration pauseBetweenOperations, Duration patience) {
        this.plan = plan;
        this.opener = opener;
        this.patience = patience;
        this.pauseNanos = pauseBetweenOperations.toNanos();
        this.disks = new BlockDevice[plan.disks()];
        this.thread = Thread.ofPlatform().name("workload-" + plan.seed()).unstarted(this::run);
    }

    public WorkloadRunner start() {
        thread.start();
        return this;
    }

    /** Newest operation that was begun; an image beyond it is wrong. */
    public long issued() {
        return issued.get();
    }

    /** Newest operation that the disk acknowledged; a checkpoint ordered after this call may not miss it. */
    public long acknowledged() {
        return acknowledged.get();
    }

    /** How many times an operation had to be repeated: shows that a fault was really met. */
    public long repeated() {
        return repeated.get();
    }

    /** Whether the guest is still at work, or has given up. */
    public boolean isRunning() {
        return thread.isAlive();
    }

    /**
     * Ends after the operation under way and closes the disks.
     *
     * @throws AssertionError when an operation was not acknowledged within the patience
     */
    public void stop() throws InterruptedException {
        stopping = true;
        thread.join(patience.plusSeconds(5));
        closeAll();
        if (failure != null) {
            throw new AssertionError("the guest gave up at operation " + issued.get() + "; plan " + plan, failure);
        }
        if (thread.isAlive()) {
            throw new AssertionError("the guest hangs at operation " + issued.get() + "; plan " + plan);
        }
    }

    private void run() {
        try {
            for (long seq = 1; !stopping; seq++) {
                issued.set(seq);
                carryOut(plan.operation(seq));
                acknowledged.set(seq);
                if (pauseNanos > 0) {
                    LockSupport.parkNanos(pauseNanos);
                }
            }
        } catch (IOException | RuntimeException | Error unexpected) {
            failure = unexpected;
        }
    }

    private void carryOut(Operation operation) throws IOException {
        Instant deadline = Instant.now().plus(patience);
        while (true) {
            try {
                attempt(operation);
                return;
            } catch (IOException failed) {
                if (Instant.now().isAfter(deadline)) {
                    throw failed;
                }
                repeated.incrementAndGet();
                closeAll();
                LockSupport.parkNanos(RETRY_PAUSE.toNanos());
            }
        }
    }

    private void attempt(Operation operation) throws IOException {
        switch (operation) {
            case Write write -> {
                ByteBuffer bytes = ByteBuffer.allocate(write.blocks() * Block.SIZE_BYTES);
                for (int i = 0; i < write.blocks(); i++) {
                    Stamp.put(bytes, plan.seed(), write.seq(), write.disk(), write.firstBlock() + i);
                }
                disk(write.disk()).write(Block.offsetOf(write.firstBlock()), bytes.flip(), false);
            }
            case Zero zero ->
                disk(zero.disk()).zero(Block.offsetOf(zero.firstBlock()), length(zero.blocks()), ZeroOptions.DEFAULT);
            case Discard discard ->
                disk(discard.disk()).trim(Block.offsetOf(discard.firstBlock()), length(discard.blocks()), false);
            case Flush flush -> disk(flush.disk()).flush();
        }
    }

    private static long length(int blocks) {
        return (long) blocks * Block.SIZE_BYTES;
    }

    private BlockDevice disk(int disk) throws IOException {
        if (disks[disk] == null) {
            disks[disk] = opener.open(disk);
        }
        return disks[disk];
    }

    private void closeAll() {
        for (int disk = 0; disk < disks.length; disk++) {
            if (disks[disk] != null) {
                try {
                    disks[disk].close();
                } catch (IOException alreadyBroken) {
                    // It is replaced anyway; what matters is that its socket is gone.
                }
                disks[disk] = null;
            }
        }
    }
}
