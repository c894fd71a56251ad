package io.holdfast.nbd;

import static io.holdfast.nbd.wire.Transmission.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.nbd.client.NbdClient;
import io.holdfast.nbd.device.DelayFilter;
import io.holdfast.nbd.device.ForwardingBlockDevice;
import io.holdfast.nbd.device.Operation;
import io.holdfast.nbd.device.PauseFilter;
import io.holdfast.nbd.server.ServerLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many requests at once: on one connection, on several, with slow and stuck devices. */
class ConcurrencyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int SIZE = 4 << 20;

    @TempDir
    Path folder;

    private PauseFilter pause;

    private PauseFilter pausing(BlockDevice below) {
        pause = new PauseFilter(below, Duration.ofSeconds(30));
        return pause;
    }

    @Test
    void aStuckOperationDelaysNoOtherOnTheSameConnection() throws IOException {
        try (Fixture fixture = Fixture.serving(folder, SIZE, this::pausing);
                RawClient client = fixture.raw(false)) {
            pause.holdWhen(operation -> operation.offset() == 0 && operation.kind() == Operation.Kind.WRITE);
            client.queue(0, CMD_WRITE, 1, 0, 512, new byte[512]);
            for (int i = 2; i <= 50; i++) {
                client.queue(0, CMD_WRITE, i, i * 512L, 512, new byte[512]);
            }
            client.send();

            Set<Long> answered = new HashSet<>();
            for (int i = 2; i <= 50; i++) {
                answered.add(client.readSimple().cookie());
            }

            assertThat(answered).hasSize(49).doesNotContain(1L);
            assertThat(pause.heldCount()).isEqualTo(1);
            pause.resume();
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 1));
        }
    }

    @Test
    void severalStuckOperationsDelayNoOther() throws IOException {
        try (Fixture fixture = Fixture.serving(folder, SIZE, this::pausing);
                RawClient client = fixture.raw(false)) {
            pause.holdWhen(operation -> operation.kind() == Operation.Kind.WRITE);
            for (int i = 0; i < 15; i++) {
                client.request(0, CMD_WRITE, i, i * 512L, 512, new byte[512]);
                client.request(0, CMD_READ, 100, 0, 512);
                assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 100));
                client.readBytes(512);
            }
            assertThat(pause.awaitHeld(15, PATIENCE)).isTrue();
            pause.resume();
            for (int i = 0; i < 15; i++) {
                assertThat(client.readSimple().error()).isZero();
            }
        }
    }

    @Test
    void theDeviceNeverSeesMoreOperationsOfAConnectionThanItHasWorkers() throws IOException {
        ServerLimits limits = ServerLimits.DEFAULT.withWorkersPerConnection(3).withRequestsInFlight(8);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (Fixture fixture = Fixture.serving(
                        folder,
                        SIZE,
                        below -> new ForwardingBlockDevice(pausing(below)) {
                            @Override
                            public void flush() throws IOException {
                                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                try {
                                    super.flush();
                                } finally {
                                    inside.decrementAndGet();
                                }
                            }
                        },
                        limits);
                RawClient client = fixture.raw(false)) {
            pause.holdWhen(_ -> true);
            for (int i = 0; i < 100; i++) {
                client.queue(0, CMD_FLUSH, i, 0, 0);
            }
            client.send();
            assertThat(pause.awaitHeld(3, PATIENCE)).isTrue();
            pause.resume();
            for (int i = 0; i < 100; i++) {
                assertThat(client.readSimple().error()).isZero();
            }
            assertThat(most).hasValue(3);
        }
    }

    @Test
    void aFlushOnOneConnectionCoversCompletedWritesOfAnother() throws IOException {
        List<String> order = new ArrayList<>();
        try (Fixture fixture = Fixture.serving(folder, SIZE, below -> new ForwardingBlockDevice(below) {
                    @Override
                    public void write(long offset, ByteBuffer src, boolean fua) throws IOException {
                        super.write(offset, src, fua);
                        order.add("written");
                    }

                    @Override
                    public void flush() throws IOException {
                        order.add("flush");
                        super.flush();
                    }
                });
                NbdClient one = fixture.client();
                NbdClient two = fixture.client()) {
            assertThat(one.can(Capability.MULTI_CONN)).isTrue();
            one.write(0, ByteBuffer.allocate(512), false);
            two.flush();
        }
        assertThat(order).containsExactly("written", "flush");
    }

    @Test
    void onASlowDeviceRequestsRunSideBySide() throws IOException {
        try (Fixture fixture = Fixture.serving(folder, SIZE, below -> {
                    DelayFilter filter = new DelayFilter(below);
                    filter.delayAll(Duration.ofMillis(20));
                    return filter;
                });
                RawClient client = fixture.raw(false)) {
            long begin = System.nanoTime();
            for (int i = 0; i < 160; i++) {
                client.queue(0, CMD_WRITE, i, i * 512L, 512, new byte[512]);
            }
            client.send();
            for (int i = 0; i < 160; i++) {
                assertThat(client.readSimple().error()).isZero();
            }
            // One after the other: 3.2 s. 16 at a time: 0.2 s. Generous, as the machine may be busy.
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(1600));
        }
    }

    @Test
    void largeRequestsWaitForPayloadMemoryInsteadOfFailing() throws Exception {
        ServerLimits limits = ServerLimits.DEFAULT.withPayloadMemoryBytes(64 << 20);
        try (Fixture fixture = Fixture.serving(folder, 32 << 20, below -> below, limits);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                all.add(threads.submit(() -> {
                    try (NbdClient client = fixture.client()) {
                        for (int round = 0; round < 3; round++) {
                            ByteBuffer data = ByteBuffer.allocate(20 << 20);
                            client.write(0, data, false);
                            client.read(0, data.clear());
                        }
                    }
                    return null;
                }));
            }
            for (Future<Void> one : all) {
                one.get();
            }
            fixture.awaitIdle();
        }
    }

    @Test
    void anyMixOfRequestsFromManyThreadsLeavesTheDiskAsAnOracleSays() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        int threadCount = 8;
        int share = SIZE / threadCount;
        byte[] oracle = new byte[SIZE];
        try (Fixture fixture = Fixture.serving(folder, SIZE);
                NbdClient one = fixture.client();
                NbdClient two = NbdClient.open(
                        fixture.address,
                        "",
                        io.holdfast.nbd.client.ClientOptions.DEFAULT.withStructuredReplies(false));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Void>> jobs = new ArrayList<>();
            for (int t = 0; t < threadCount; t++) {
                Random random = new Random(seed + t);
                NbdClient client = t % 2 == 0 ? one : two;
                int base = t * share;
                jobs.add(() -> {
                    for (int i = 0; i < 400; i++) {
                        step(random, client, oracle, base, share);
                    }
                    return null;
                });
            }
            for (Future<Void> job : threads.invokeAll(jobs)) {
                job.get();
            }
            assertThat(Fixture.read(fixture.disk, 0, SIZE)).as("seed " + seed).isEqualTo(oracle);
        }
    }

    private static void step(Random random, NbdClient client, byte[] oracle, int base, int share) throws IOException {
        int length = 1 + random.nextInt(random.nextInt(10) == 0 ? 200_000 : 9000);
        int offset = base + random.nextInt(share - length);
        switch (random.nextInt(5)) {
            case 0, 1 -> {
                byte[] data = Fixture.randomBytes(random, length);
                client.write(offset, ByteBuffer.wrap(data), random.nextInt(20) == 0);
                System.arraycopy(data, 0, oracle, offset, length);
            }
            case 2 -> {
                client.zero(offset, length, new ZeroOptions(random.nextBoolean(), false, false));
                java.util.Arrays.fill(oracle, offset, offset + length, (byte) 0);
            }
            case 3 ->
                assertThat(Fixture.read(client, offset, length))
                        .isEqualTo(java.util.Arrays.copyOfRange(oracle, offset, offset + length));
            default -> {
                for (Extent extent : client.extents(offset, length)) {
                    if (extent.readsAsZeroes()) {
                        assertThat(Fixture.read(client, extent.offset(), (int) extent.length()))
                                .containsOnly(0);
                    }
                }
            }
        }
    }
}
