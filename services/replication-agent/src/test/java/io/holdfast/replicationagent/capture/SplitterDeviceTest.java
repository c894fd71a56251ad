package io.holdfast.replicationagent.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Discard;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.replicationagent.fixture.MemoryDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SplitterDeviceTest {
    private static final int SIZE = 4 << 20;

    private final MemoryDevice disk = new MemoryDevice(SIZE);
    private final Volume volume = new Volume(VolumeId.random(), disk);
    private final SplitterDevice guest = new SplitterDevice(volume, _ -> {});
    private final Recorder sink = new Recorder();

    /** Applies every change to an image of its own, at the moment when it is told. */
    private static final class Recorder implements WriteSink {
        final byte[] image = new byte[SIZE];
        final List<Change> changes = new ArrayList<>();
        final List<Long> damaged = new ArrayList<>();

        @Override
        public void written(long offset, long length, List<Change> written) {
            long at = offset;
            for (Change change : written) {
                assertThat(change.offset()).isEqualTo(at);
                at += change.length();
                changes.add(change);
                if (change instanceof Data data) {
                    data.payload().duplicate().get(image, (int) data.offset(), data.length());
                } else {
                    Arrays.fill(image, (int) change.offset(), (int) (change.offset() + change.length()), (byte) 0);
                }
            }
            assertThat(at).isEqualTo(offset + length);
        }

        @Override
        public void damaged(long offset, long length) {
            damaged.add(offset);
        }
    }

    @BeforeEach
    void everythingIsCaptured() {
        volume.attachSink(sink);
        volume.dirty().remove(0, SIZE);
    }

    private static ByteBuffer filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    @Test
    void anAlignedWriteBecomesOneChangeWithItsBytes() throws IOException {
        ByteBuffer src = filled(8192, 5);

        guest.write(4096, src, false);

        assertThat(src.hasRemaining()).isFalse();
        assertThat(sink.changes).singleElement().isInstanceOfSatisfying(Data.class, data -> {
            assertThat(data.offset()).isEqualTo(4096);
            assertThat(data.length()).isEqualTo(8192);
            assertThat(data.sync()).isFalse();
        });
    }

    @Test
    void aWriteInsideABlockCarriesTheRestOfTheBlockFromTheDisk() throws IOException {
        guest.write(0, filled(8192, 1), false);

        guest.write(4096 + 512, filled(512, 2), false);

        assertThat(sink.image).isEqualTo(disk.contents());
        assertThat(sink.changes.getLast().length()).isEqualTo(4096);
    }

    @Test
    void aLongWriteBecomesSeveralChangesThatFitTheRing() throws IOException {
        guest.write(512, filled(2_000_000, 9), false);

        assertThat(sink.image).isEqualTo(disk.contents());
        assertThat(sink.changes).allMatch(change -> change.length() <= Changes.MAX_PAYLOAD_BYTES);
    }

    @Test
    void aDiscardReadsAsZeroOnBothSidesAlsoWhereTheDiskIgnoresTrims() throws IOException {
        guest.write(0, filled(65536, 3), false);

        guest.trim(4096, 8192, false);

        assertThat(disk.contents()[5000]).isZero();
        assertThat(sink.image).isEqualTo(disk.contents());
        assertThat(sink.changes.getLast()).isInstanceOf(Discard.class);
    }

    @Test
    void zeroingIsAChangeWithoutBytes() throws IOException {
        guest.zero(8192, 1 << 20, ZeroOptions.DEFAULT);

        assertThat(sink.changes).singleElement().isInstanceOf(Zero.class);
    }

    @Test
    void aFastZeroingThatIsRefusedChangesNothing() {
        assertThatThrownBy(() -> guest.zero(0, 4096, new ZeroOptions(true, true, false)))
                .isInstanceOf(NbdException.class);

        assertThat(sink.changes).isEmpty();
        assertThat(sink.damaged).isEmpty();
    }

    @Test
    void aFailedWriteIsReportedAsDamageOfItsRange() {
        disk.failWrites(1);

        assertThatThrownBy(() -> guest.write(12288, filled(8192, 1), false)).isInstanceOf(NbdException.class);

        assertThat(sink.damaged).containsExactly(12288L);
        assertThat(sink.changes).isEmpty();
    }

    @Test
    void aWriteBeyondTheEndIsRefusedBeforeAnythingHappens() {
        assertThatThrownBy(() -> guest.write(SIZE - 4096, filled(8192, 1), false))
                .isInstanceOf(NbdException.class)
                .hasMessageContaining("beyond the end");
        assertThat(sink.damaged).isEmpty();
    }

    @Test
    void anEmptyWriteIsNothing() throws IOException {
        guest.write(0, ByteBuffer.allocate(0), true);

        assertThat(sink.changes).isEmpty();
    }

    @Test
    void aWriteToRegionsThatWaitToBeReadIsNotCaptured() throws IOException {
        volume.dirty().add(0, 65536);

        guest.write(4096, filled(4096, 1), false);

        assertThat(sink.changes).isEmpty();
        assertThat(volume.dirty().count()).isEqualTo(1);
    }

    @Test
    void withoutAStreamTheRegionsAreNoted() throws IOException {
        volume.attachSink(null);

        guest.write(70_000, filled(4096, 1), false);

        assertThat(volume.dirty().contains(1)).isTrue();
        assertThat(volume.dirty().count()).isEqualTo(1);
    }

    @Test
    void manyOverlappingWritersLeaveDiskAndCapturedImageEqual() throws Exception {
        long seed = System.nanoTime();
        // The sink is called under range locks only, so its image may be written by many at once, each in its own
        // range.
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        volume.attachSink(new WriteSink() {
            @Override
            public void written(long offset, long length, List<Change> changes) {
                for (Change change : changes) {
                    if (change instanceof Data data) {
                        data.payload().duplicate().get(sink.image, (int) data.offset(), data.length());
                    } else {
                        Arrays.fill(
                                sink.image, (int) change.offset(), (int) (change.offset() + change.length()), (byte) 0);
                    }
                }
            }

            @Override
            public void damaged(long offset, long length) {
                throw new AssertionError("no write fails here");
            }
        });
        for (int t = 0; t < 4; t++) {
            Random random = new Random(seed + t);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < 1_500; i++) {
                        int length = 1 + random.nextInt(random.nextInt(20) == 0 ? 300_000 : 9_000);
                        long offset = random.nextInt(600_000 - length);
                        switch (random.nextInt(8)) {
                            case 0 -> guest.trim(offset, length, false);
                            case 1 -> guest.zero(offset, length, ZeroOptions.DEFAULT);
                            default -> guest.write(offset, filled(length, random.nextInt()), false);
                        }
                    }
                } catch (IOException | RuntimeException failed) {
                    failures.add(failed);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(failures).as("seed %d", seed).isEmpty();
        assertThat(Arrays.mismatch(sink.image, disk.contents()))
                .as("seed %d", seed)
                .isEqualTo(-1);
    }
}
