package io.holdfast.nbd;

import static io.holdfast.nbd.wire.Transmission.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.nbd.device.ForwardingBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server against the chapter "Transmission phase" of the NBD specification. */
class TransmissionConformanceTest {
    private static final int SIZE = 1 << 20;
    private static final long SEED = 20260101;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private Fixture fixture;

    @BeforeEach
    void serve() throws IOException {
        fixture = Fixture.serving(folder, SIZE, Recording::new);
    }

    @AfterEach
    void close() throws IOException {
        fixture.awaitIdle();
        fixture.close();
    }

    private final class Recording extends ForwardingBlockDevice {
        Recording(BlockDevice below) {
            super(below);
        }

        @Override
        public Set<Capability> capabilities() {
            Set<Capability> all = EnumSet.copyOf(below().capabilities());
            all.add(Capability.CACHE);
            return all;
        }

        @Override
        public void write(long offset, ByteBuffer src, boolean fua) throws IOException {
            calls.add("write " + offset + " " + src.remaining() + " fua=" + fua);
            super.write(offset, src, fua);
        }

        @Override
        public void zero(long offset, long length, ZeroOptions options) throws IOException {
            calls.add("zero " + offset + " " + length + " " + options);
            super.zero(offset, length, options);
        }

        @Override
        public void trim(long offset, long length, boolean fua) throws IOException {
            calls.add("trim " + offset + " " + length + " fua=" + fua);
            super.trim(offset, length, fua);
        }

        @Override
        public void cache(long offset, long length) {
            calls.add("cache " + offset + " " + length);
        }

        @Override
        public void flush() throws IOException {
            calls.add("flush");
            super.flush();
        }
    }

    @Test
    void whatWasWrittenIsReadBackInSimpleReplies() throws IOException {
        byte[] data = Fixture.randomBytes(random, 5000);
        try (RawClient client = fixture.raw(false)) {
            client.request(0, CMD_WRITE, 1, 123, data.length, data);
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 1));
            client.request(0, CMD_READ, 2, 123, data.length);
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 2));
            assertThat(client.readBytes(data.length)).isEqualTo(data);
        }
        assertThat(Fixture.read(fixture.disk, 123, data.length)).isEqualTo(data);
    }

    @Test
    void aStructuredReadIsOneChunkWithItsOffset() throws IOException {
        byte[] data = Fixture.randomBytes(random, 200_000);
        fixture.disk.write(4096, ByteBuffer.wrap(data), false);
        try (RawClient client = fixture.raw(true)) {
            client.request(CMD_FLAG_DF, CMD_READ, 2, 4096, data.length);
            RawClient.Chunk chunk = client.readChunk();
            assertThat(chunk.done()).isTrue();
            assertThat(chunk.type()).isEqualTo(REPLY_OFFSET_DATA);
            assertThat(chunk.content()).isEqualTo(RawClient.bytes(out -> {
                out.writeLong(4096);
                out.write(data);
            }));
        }
    }

    @Test
    void everyCommandReachesTheDeviceWithItsRangeAndFlags() throws IOException {
        try (RawClient client = fixture.raw(true)) {
            client.queue(CMD_FLAG_FUA, CMD_WRITE, 1, 0, 3, new byte[3]);
            client.queue(0, CMD_WRITE_ZEROES, 2, 4096, 8192);
            client.queue(CMD_FLAG_NO_HOLE | CMD_FLAG_FUA, CMD_WRITE_ZEROES, 3, 0, 1000);
            client.queue(CMD_FLAG_FUA, CMD_TRIM, 4, 65536, 65536);
            client.queue(0, CMD_CACHE, 5, 0, SIZE);
            client.queue(CMD_FLAG_FUA, CMD_FLUSH, 6, 0, 0);
            client.send();
            List<Long> cookies = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                RawClient.Simple reply = client.readSimple();
                assertThat(reply.error()).isZero();
                cookies.add(reply.cookie());
            }
            assertThat(cookies).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L);
        }
        assertThat(calls)
                .containsExactlyInAnyOrder(
                        "write 0 3 fua=true",
                        "zero 4096 8192 " + new ZeroOptions(true, false, false),
                        "zero 0 1000 " + new ZeroOptions(false, false, true),
                        "trim 65536 65536 fua=true",
                        "cache 0 " + SIZE,
                        "flush");
    }

    @Test
    void fastZeroingThatWouldBeSlowIsRefusedAndChangesNothing() throws IOException {
        try (Fixture slow = Fixture.serving(folder, SIZE, below -> new ForwardingBlockDevice(below) {
                    @Override
                    public void zero(long offset, long length, ZeroOptions options) throws IOException {
                        if (options.onlyIfFast()) {
                            throw new NbdException(NbdError.ENOTSUP, "slow");
                        }
                        super.zero(offset, length, options);
                    }
                });
                RawClient client = slow.raw(false)) {
            client.request(CMD_FLAG_FAST_ZERO, CMD_WRITE_ZEROES, 1, 0, 4096);
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(95, 1));
            client.request(0, CMD_WRITE_ZEROES, 2, 0, 4096);
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 2));
        }
    }

    @Test
    void blockStatusTellsDataFromHoles() throws IOException {
        fixture.disk.write(262_144, ByteBuffer.wrap(Fixture.randomBytes(random, 65_536)), false);
        try (RawClient client = fixture.raw(true)) {
            client.request(0, CMD_BLOCK_STATUS, 1, 0, SIZE);
            RawClient.Chunk all = client.readChunk();
            assertThat(all.done()).isTrue();
            assertThat(all.type()).isEqualTo(REPLY_BLOCK_STATUS);
            assertThat(all.content()).isEqualTo(RawClient.bytes(out -> {
                for (int value : new int[] {1, 262_144, 3, 65_536, 0, SIZE - 327_680, 3}) {
                    out.writeInt(value);
                }
            }));
            client.request(CMD_FLAG_REQ_ONE, CMD_BLOCK_STATUS, 2, 100, SIZE - 100);
            assertThat(client.readChunk().content()).isEqualTo(RawClient.bytes(out -> {
                for (int value : new int[] {1, 262_044, 3}) {
                    out.writeInt(value);
                }
            }));
        }
    }

    @Test
    void discExecutesWhatCameBeforeItAndEndsTheConnection() throws IOException {
        byte[] data = Fixture.randomBytes(random, 4096);
        try (RawClient client = fixture.raw(false)) {
            for (int i = 0; i < 20; i++) {
                client.queue(0, CMD_WRITE, i, i * 4096L, 4096, data);
            }
            client.queue(0, CMD_DISC, 0, 0, 0);
            client.send();
            for (int i = 0; i < 20; i++) {
                assertThat(client.readSimple().error()).isZero();
            }
            client.expectClosed();
        }
        assertThat(Fixture.read(fixture.disk, 19 * 4096L, 4096)).isEqualTo(data);
    }

    @Test
    void aDeviceErrorReachesTheClientAsItIs() throws IOException {
        for (NbdError error : NbdError.values()) {
            try (Fixture failing = Fixture.serving(folder, SIZE, below -> {
                        var filter = new io.holdfast.nbd.device.ErrorFilter(below);
                        filter.failWhen(_ -> true, error);
                        return filter;
                    });
                    RawClient simple = failing.raw(false);
                    RawClient structured = failing.raw(true)) {
                simple.request(0, CMD_READ, 1, 0, 512);
                assertThat(simple.readSimple()).isEqualTo(new RawClient.Simple(error.code(), 1));
                structured.request(0, CMD_WRITE, 2, 512, 1, (byte) 0);
                RawClient.Chunk chunk = structured.readChunk();
                assertThat(chunk.type()).isEqualTo(REPLY_ERROR);
                assertThat(chunk.done()).isTrue();
                assertThat(chunk.error()).isEqualTo(error.code());
                assertThat(chunk.message()).contains("WRITE offset 512, length 1");
            }
        }
    }

    @Test
    void anUnexpectedExceptionIsEioWithoutItsTextAndTheConnectionGoesOn() throws IOException {
        List<Throwable> failures =
                List.of(new IllegalStateException("secret"), new IOException("secret"), new StackOverflowError());
        for (Throwable failure : failures) {
            try (Fixture failing = Fixture.serving(folder, SIZE, below -> new ForwardingBlockDevice(below) {
                        @Override
                        public void read(long offset, ByteBuffer dst) throws IOException {
                            switch (failure) {
                                case IOException e -> throw e;
                                case RuntimeException e -> throw e;
                                default -> throw (Error) failure;
                            }
                        }
                    });
                    RawClient client = failing.raw(true)) {
                client.request(0, CMD_READ, 1, 0, 512);
                RawClient.Chunk chunk = client.readChunk();
                assertThat(chunk.error()).isEqualTo(NbdError.EIO.code());
                assertThat(chunk.message()).doesNotContain("secret");
                client.request(0, CMD_FLUSH, 2, 0, 0);
                assertThat(client.readSimple().error()).isZero();
            }
        }
    }

    @Test
    void aDeviceThatReadsPartlyIsAnErrorAndNeverOldMemory() throws IOException {
        try (Fixture failing = Fixture.serving(folder, SIZE, below -> new ForwardingBlockDevice(below) {
                    @Override
                    public void read(long offset, ByteBuffer dst) {}
                });
                RawClient client = failing.raw(false)) {
            client.request(0, CMD_READ, 1, 0, 512);
            assertThat(client.readSimple().error()).isEqualTo(NbdError.EIO.code());
        }
    }

    @Test
    void payloadsOfAnySizeAndSplitArriveWhole() throws IOException {
        try (Fixture large = Fixture.serving(folder, 64L << 20);
                RawClient client = large.raw(false)) {
            for (int size : new int[] {1, 511, 4096, 65_536, 131_044, 131_072, 262_144, 1_000_003, 32 << 20}) {
                byte[] data = Fixture.randomBytes(random, size);
                client.queue(0, CMD_WRITE, size, 77, size, data);
                client.send();
                assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, size));
                client.request(0, CMD_READ, 1, 77, size);
                assertThat(client.readSimple().error()).isZero();
                assertThat(client.readBytes(size)).isEqualTo(data);
            }
        }
    }

    @Test
    void aRequestThatArrivesByteByByteIsARequest() throws IOException {
        try (RawClient client = fixture.raw(false)) {
            client.queue(0, CMD_WRITE, 9, 0, 4, new byte[] {1, 2, 3, 4});
            client.queue(0, CMD_READ, 10, 0, 4);
            byte[] all = RawClient.bytes(out -> {
                out.writeInt(REQUEST_MAGIC);
                out.writeShort(0);
                out.writeShort(CMD_WRITE);
                out.writeLong(8);
                out.writeLong(4);
                out.writeInt(4);
                out.write(new byte[] {5, 6, 7, 8});
            });
            for (byte one : all) {
                client.socket.getOutputStream().write(one);
            }
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 8));
            client.send();
            assertThat(Set.of(client.readSimple(), client.readSimple()))
                    .isEqualTo(Set.of(new RawClient.Simple(0, 9), new RawClient.Simple(0, 10)));
        }
    }
}
