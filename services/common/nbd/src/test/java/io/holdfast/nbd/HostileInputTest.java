package io.holdfast.nbd;

import static io.holdfast.nbd.wire.Transmission.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.nbd.client.NbdClient;
import io.holdfast.nbd.device.DelayFilter;
import io.holdfast.nbd.device.PauseFilter;
import io.holdfast.nbd.server.ServerLimits;
import io.holdfast.nbd.wire.Handshaking;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that want to break the server. It goes on serving a good one, and afterwards holds no more than before. */
class HostileInputTest {
    private static final int SIZE = 1 << 20;
    private static final ServerLimits IMPATIENT =
            ServerLimits.DEFAULT.withHandshakeTimeout(Duration.ofMillis(300)).withStallTimeout(Duration.ofMillis(300));

    @TempDir
    Path folder;

    private Fixture fixture;
    private NbdClient good;
    private long descriptorsBefore;

    @BeforeEach
    void serve() throws IOException {
        restart(ServerLimits.DEFAULT);
    }

    private void restart(ServerLimits limits) throws IOException {
        if (fixture != null) {
            good.close();
            fixture.close();
        }
        fixture = Fixture.serving(folder, SIZE, device -> device, limits);
        good = fixture.client();
        good.write(0, ByteBuffer.wrap(new byte[] {42}), false);
        descriptorsBefore = descriptors();
    }

    @AfterEach
    void theGoodClientIsStillServedAndNothingLeaked() throws IOException {
        assertThat(Fixture.read(good, 0, 1)).containsExactly(42);
        Await.until(
                "only the good client's connection is left",
                () -> fixture.server.stats().connections() == 1
                        && fixture.server.stats().workers() <= 2,
                fixture.server::stats);
        Await.until(
                "descriptors are back at " + descriptorsBefore,
                () -> descriptors() <= descriptorsBefore,
                HostileInputTest::descriptors);
        good.close();
        fixture.awaitIdle();
        Await.until("no thread of a connection is left", () -> threads().isEmpty(), HostileInputTest::threads);
        fixture.close();
    }

    private static long descriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.matches("nbd\\d+-c\\d+-.*"))
                .toList();
    }

    @Test
    void randomBytesInsteadOfAHandshake() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            try (RawClient client = new RawClient(fixture.address)) {
                client.out.write(Fixture.randomBytes(random, random.nextInt(2000)));
                client.send();
            } catch (IOException e) {
                assertThat(e).as("the server may reset while we send").isInstanceOf(java.net.SocketException.class);
            }
        }
    }

    @Test
    void randomOptionsWithRandomData() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            try (RawClient client = RawClient.greeted(fixture.address)) {
                for (int j = 0; j < 20; j++) {
                    client.option(3 + random.nextInt(9), Fixture.randomBytes(random, random.nextInt(60)));
                    client.readUntilEnd();
                }
            }
        }
    }

    @Test
    void randomRequestsAfterAGoodHandshake() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 30; i++) {
            try (RawClient client = fixture.raw(random.nextBoolean())) {
                for (int j = 0; j < 50; j++) {
                    // Never offset 0 with a command that changes it: the good client looks there.
                    long offset = random.nextBoolean() ? random.nextLong() | 4096 : 4096 + random.nextInt(SIZE);
                    client.queue(random.nextInt(64), random.nextInt(10), j, offset, random.nextInt());
                }
                client.send();
            }
        }
    }

    @Test
    void everyTruncationOfAConversation() throws IOException {
        byte[] conversation = RawClient.bytes(out -> {
            out.writeInt(3);
            out.writeLong(Handshaking.OPTION_MAGIC);
            out.writeInt(Handshaking.OPT_GO);
            byte[] query = RawClient.infoQuery("disk");
            out.writeInt(query.length);
            out.write(query);
            out.writeInt(REQUEST_MAGIC);
            out.writeShort(0);
            out.writeShort(CMD_WRITE);
            out.writeLong(1);
            out.writeLong(4096);
            out.writeInt(100);
            out.write(new byte[100]);
        });
        for (int length = 0; length < conversation.length; length++) {
            try (RawClient client = new RawClient(fixture.address)) {
                client.out.write(conversation, 0, length);
                client.send();
            }
        }
    }

    @Test
    void abruptClosesInTheMiddleOfLargeTransfers() throws IOException {
        for (int i = 0; i < 10; i++) {
            try (RawClient client = fixture.raw(false)) {
                client.queue(0, CMD_READ, 1, 0, SIZE);
                client.queue(0, CMD_READ, 2, 0, SIZE);
                client.queue(0, CMD_WRITE, 3, 4096, 500_000, new byte[1000]);
                client.send();
                client.socket.setSoLinger(true, 0);
            }
        }
    }

    @Test
    void aBadRequestMagicEndsOnlyThatConnection() throws IOException {
        try (RawClient client = fixture.raw(false)) {
            client.out.write(new byte[28]);
            client.send();
            client.expectClosed();
        }
        assertThat(fixture.server.stats().protocolErrors()).isEqualTo(1);
    }

    @Test
    void aHandshakeThatNeverEndsIsCutOff() throws IOException {
        restart(IMPATIENT);
        try (RawClient silent = new RawClient(fixture.address);
                RawClient dripping = RawClient.greeted(fixture.address)) {
            silent.readBytes(18);
            dripping.out.writeLong(Handshaking.OPTION_MAGIC);
            dripping.send();
            silent.expectClosed();
            dripping.expectClosed();
        }
        assertThat(fixture.server.stats().expired()).isEqualTo(2);
    }

    @Test
    void endlessOptionsAreCutOff() throws IOException {
        try (RawClient client = RawClient.greeted(fixture.address)) {
            for (int i = 0; i < 1024; i++) {
                client.option(Handshaking.OPT_LIST);
                client.readUntilEnd();
            }
            client.expectClosed();
        }
    }

    @Test
    void aClientThatStopsInTheMiddleOfARequestIsCutOff() throws IOException {
        restart(IMPATIENT);
        try (RawClient client = fixture.raw(false)) {
            client.queue(0, CMD_WRITE, 1, 4096, 500_000, new byte[10]);
            client.send();
            client.expectClosed();
        }
        assertThat(fixture.server.stats().expired()).isEqualTo(1);
    }

    @Test
    void aClientThatIsSilentBetweenRequestsIsNotCutOff() throws IOException {
        restart(IMPATIENT);
        try (RawClient idle = fixture.raw(false);
                RawClient stalled = fixture.raw(false)) {
            // The other one being cut off is the proof that the time has passed.
            stalled.out.write(new byte[1]);
            stalled.send();
            stalled.expectClosed();
            idle.request(0, CMD_FLUSH, 5, 0, 0);
            assertThat(idle.readSimple()).isEqualTo(new RawClient.Simple(0, 5));
        }
    }

    @Test
    void aClientThatDoesNotTakeItsRepliesIsCutOff() throws IOException {
        restart(IMPATIENT);
        try (RawClient client = fixture.raw(false)) {
            for (int i = 0; i < 64; i++) {
                client.queue(0, CMD_READ, i, 0, SIZE);
            }
            client.send();
            Await.until("the server gave up on it", () -> fixture.server.stats().expired() == 1, fixture.server::stats);
        }
    }

    @Test
    void moreConnectionsThanAllowedAreClosedAtOnceAndRoomIsReused() throws IOException {
        restart(ServerLimits.DEFAULT.withConnections(4));
        List<RawClient> guests = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            guests.add(RawClient.greeted(fixture.address));
        }
        try (RawClient oneTooMany = new RawClient(fixture.address)) {
            oneTooMany.expectClosed();
        }
        assertThat(fixture.server.stats().refused()).isEqualTo(1);
        guests.getFirst().close();
        Await.until("a place is free", () -> fixture.server.stats().connections() == 3, fixture.server::stats);
        RawClient next = RawClient.greeted(fixture.address);
        next.close();
        for (RawClient guest : guests) {
            guest.close();
        }
    }

    @Test
    void aReaderThatTakesLittleByLittleIsServedToTheEnd() throws IOException {
        try (SocketChannel slow = SocketChannel.open()) {
            slow.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            slow.connect(fixture.address);
            ByteBuffer hello = ByteBuffer.allocate(18);
            while (hello.hasRemaining()) {
                slow.read(hello);
            }
            slow.write(ByteBuffer.wrap(RawClient.bytes(out -> {
                out.writeInt(3);
                out.writeLong(Handshaking.OPTION_MAGIC);
                out.writeInt(Handshaking.OPT_EXPORT_NAME);
                out.writeInt(4);
                out.writeBytes("disk");
                out.writeInt(REQUEST_MAGIC);
                out.writeShort(0);
                out.writeShort(CMD_READ);
                out.writeLong(1);
                out.writeLong(0);
                out.writeInt(SIZE);
            })));
            ByteBuffer answer = ByteBuffer.allocate(10 + 16 + SIZE);
            while (answer.hasRemaining()) {
                answer.limit(Math.min(answer.capacity(), answer.position() + 1000));
                assertThat(slow.read(answer)).isPositive();
                answer.limit(answer.capacity());
            }
            assertThat(answer.get(26)).isEqualTo((byte) 42);
        }
    }

    @Test
    void closingTheServerAnswersWhatIsInFlightFirst() throws IOException {
        PauseFilter[] pause = new PauseFilter[1];
        try (Fixture other = Fixture.serving(folder, SIZE, below -> {
                    pause[0] = new PauseFilter(below, Duration.ofSeconds(20));
                    return pause[0];
                });
                RawClient client = other.raw(false)) {
            pause[0].holdWhen(_ -> true);
            client.request(0, CMD_WRITE, 1, 0, 1, (byte) 1);
            assertThat(pause[0].awaitHeld(1, Duration.ofSeconds(10))).isTrue();
            Thread closing = Thread.ofVirtual().start(other.server::close);
            Await.until(
                    "the listener is closed",
                    () -> {
                        try (RawClient late = new RawClient(other.address)) {
                            return late.in.read() < 0;
                        } catch (IOException e) {
                            return true;
                        }
                    },
                    () -> "still accepting");
            pause[0].resume();
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 1));
            client.expectClosed();
            join(closing);
            other.awaitIdle();
        }
    }

    @Test
    void closingTheServerDoesNotWaitForADeviceThatHangs() throws IOException {
        PauseFilter[] pause = new PauseFilter[1];
        try (Fixture other = Fixture.serving(
                        folder,
                        SIZE,
                        below -> {
                            pause[0] = new PauseFilter(below, Duration.ofSeconds(20));
                            return pause[0];
                        },
                        ServerLimits.DEFAULT.withCloseGrace(Duration.ofMillis(50)));
                RawClient client = other.raw(false)) {
            pause[0].holdWhen(_ -> true);
            client.request(0, CMD_WRITE, 1, 0, 1, (byte) 1);
            assertThat(pause[0].awaitHeld(1, Duration.ofSeconds(10))).isTrue();
            other.server.close();
            client.expectClosed();
            pause[0].resume();
            other.awaitIdle();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aClientThatLeavesWhileItsRequestsAreSlowLeaksNothing() throws IOException {
        try (Fixture slow = Fixture.serving(folder, SIZE, below -> {
            DelayFilter filter = new DelayFilter(below);
            filter.delayAll(Duration.ofMillis(30));
            return filter;
        })) {
            try (RawClient client = slow.raw(true)) {
                for (int i = 0; i < 200; i++) {
                    client.queue(0, i % 2 == 0 ? CMD_WRITE : CMD_READ, i, 4096, 512, new byte[i % 2 == 0 ? 512 : 0]);
                }
                client.send();
            }
            slow.awaitIdle();
        }
    }
}
