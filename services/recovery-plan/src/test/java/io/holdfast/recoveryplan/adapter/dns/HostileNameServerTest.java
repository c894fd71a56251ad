package io.holdfast.recoveryplan.adapter.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.RecordValues;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;

/** Somebody on the way, or in the server's place, who does not have the key. */
@DisplayName("An answer of a name server")
class HostileNameServerTest {
    private static final byte[] SECRET = new byte[32];
    private static final RecordSet SET = new RecordSet("paris", "app.example.test", RecordType.A);
    private static final RecordValues NEW = new RecordValues(60, List.of("198.51.100.7"));

    @TempDir
    Path directory;

    private ServerSocket door;
    private Path secretFile;

    @BeforeEach
    void open() throws IOException {
        door = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        secretFile = Files.writeString(
                directory.resolve("secret"), Base64.getEncoder().encodeToString(SECRET));
    }

    @AfterEach
    void close() throws IOException {
        door.close();
    }

    /** What is sent for a question; an empty answer is none, the connection is closed. */
    private interface Reply {
        byte[] to(Message question) throws IOException;
    }

    private Rfc2136Zones zones(Reply reply, Duration timeout) {
        Thread.ofVirtual().start(() -> {
            while (!door.isClosed()) {
                try (Socket client = door.accept()) {
                    DataInputStream in = new DataInputStream(client.getInputStream());
                    byte[] question = in.readNBytes(in.readUnsignedShort());
                    write(client.getOutputStream(), reply.to(new Message(question)));
                } catch (IOException gone) {
                    // The client has had enough, or the test is over.
                    continue;
                }
            }
        });
        DnsServer server = new DnsServer(
                "paris",
                "127.0.0.1",
                door.getLocalPort(),
                List.of("example.test"),
                new DnsServer.Key("key", DnsServer.Algorithm.HMAC_SHA256, secretFile));
        return new Rfc2136Zones(Map.of("paris", server), new DnsExchange(timeout), Clock.systemUTC());
    }

    private static void write(OutputStream out, byte[] answer) throws IOException {
        out.write(ByteBuffer.allocate(2 + answer.length)
                .putShort((short) answer.length)
                .put(answer)
                .array());
        out.flush();
    }

    private static Message answer(Message question, int id) {
        Message answer = new Message(id);
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.AA);
        answer.getHeader().setOpcode(question.getHeader().getOpcode());
        answer.addRecord(question.getQuestion(), Section.QUESTION);
        if (question.getHeader().getOpcode() == Opcode.QUERY) {
            answer.addRecord(address(), Section.ANSWER);
        }
        return answer;
    }

    private static Record address() {
        try {
            return Record.fromString(
                    DnsExchange.name(SET.name()), Type.A, org.xbill.DNS.DClass.IN, 60, "203.0.113.66", Name.root);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] signed(Message answer, Message question, byte[] secret) {
        new TSIG(TSIG.HMAC_SHA256, DnsExchange.name("key"), secret).apply(answer, question.getTSIG());
        return answer.toWire();
    }

    enum Lie {
        UNSIGNED(question -> answer(question, question.getHeader().getID()).toWire()),
        SIGNED_WITH_ANOTHER_KEY(question ->
                signed(answer(question, question.getHeader().getID()), question, "another secret".getBytes())),
        SIGNED_AND_CHANGED(question -> {
            byte[] bytes = signed(answer(question, question.getHeader().getID()), question, SECRET);
            // A bit of the flags that nobody looks at: only the signature tells.
            bytes[3] ^= 0x20;
            return bytes;
        }),
        SIGNED_FOR_ANOTHER_QUESTION(question -> {
            Message other = new Message(question.getHeader().getID());
            new TSIG(TSIG.HMAC_SHA256, DnsExchange.name("key"), new byte[32]).apply(other, null);
            return signed(answer(question, question.getHeader().getID()), other, SECRET);
        }),
        WITH_ANOTHER_ID(question -> signed(answer(question, question.getHeader().getID() ^ 1), question, SECRET)),
        ABOUT_ANOTHER_NAME(question -> {
            Message answer = answer(question, question.getHeader().getID());
            answer.removeAllRecords(Section.QUESTION);
            answer.addRecord(
                    Record.newRecord(DnsExchange.name("www.example.test"), Type.A, org.xbill.DNS.DClass.IN),
                    Section.QUESTION);
            return signed(answer, question, SECRET);
        }),
        A_QUESTION_AGAIN(Message::toWire),
        TRUNCATED(question -> {
            Message answer = answer(question, question.getHeader().getID());
            answer.getHeader().setFlag(Flags.TC);
            return signed(answer, question, SECRET);
        }),
        EMPTY(_ -> new byte[0]),
        CUT_SHORT(question -> {
            byte[] whole = signed(answer(question, question.getHeader().getID()), question, SECRET);
            return Arrays.copyOf(whole, whole.length / 2);
        }),
        TOO_LONG(_ -> new byte[DnsExchange.MOST_BYTES + 1]);

        final Reply reply;

        Lie(Reply reply) {
            this.reply = reply;
        }
    }

    @ParameterizedTest(name = "that is {0} is none, to a question and to an update")
    @EnumSource
    void isNoneIfItIsNotTheServers(Lie lie) {
        Rfc2136Zones zones = zones(lie.reply, Duration.ofSeconds(60));

        assertInvalid(() -> zones.read(SET));
        assertInvalid(() -> zones.replace(SET, RecordValues.NONE, NEW, Instant.now()));
    }

    @Test
    void isNoneIfItIsGarbage() {
        long seed = 20261122;
        Random random = new Random(seed);
        byte[][] next = new byte[1][];
        Rfc2136Zones zones = zones(
                question -> {
                    byte[] real = signed(answer(question, question.getHeader().getID()), question, SECRET);
                    // Half of them are noise, half a real answer with some bytes changed.
                    byte[] bytes = random.nextBoolean() ? new byte[random.nextInt(600)] : real;
                    if (bytes != real) {
                        random.nextBytes(bytes);
                    }
                    for (int change = 0; bytes == real && change < 3; change++) {
                        bytes[2 + random.nextInt(real.length - 2)] ^= (byte) (1 + random.nextInt(255));
                    }
                    next[0] = bytes;
                    return bytes;
                },
                Duration.ofSeconds(60));
        for (int round = 0; round < 500; round++) {
            assertThatThrownBy(() -> zones.read(SET))
                    .as(() -> "seed %d: %s".formatted(seed, Arrays.toString(next[0])))
                    .isInstanceOfSatisfying(HoldfastException.class, told -> assertThat(told.code())
                            .isIn(DnsError.DNS_ANSWER_INVALID, DnsError.DNS_KEY_REFUSED, DnsError.DNS_CLOCK_DIFFERS));
        }
    }

    /** The timeout is of the whole exchange: a byte now and then does not prolong it. */
    @Test
    void isNotWaitedForLongerThanItsTimeHoweverSlowlyItComes() throws IOException {
        Duration timeout = Duration.ofMillis(700);
        ServerSocket dripping = door;
        Thread.ofVirtual().start(() -> {
            try (Socket client = dripping.accept()) {
                OutputStream out = client.getOutputStream();
                out.write(new byte[] {0x20, 0});
                // Ends when the client closes, or after far longer than it may wait.
                for (int sent = 0; sent < 600; sent++) {
                    out.write(0);
                    out.flush();
                    java.util.concurrent.locks.LockSupport.parkNanos(
                            Duration.ofMillis(100).toNanos());
                }
            } catch (IOException gone) {
                // The client has had enough.
                return;
            }
        });
        DnsServer server = new DnsServer(
                "paris",
                "127.0.0.1",
                door.getLocalPort(),
                List.of("example.test"),
                new DnsServer.Key("key", DnsServer.Algorithm.HMAC_SHA256, secretFile));
        Rfc2136Zones zones = new Rfc2136Zones(Map.of("paris", server), new DnsExchange(timeout), Clock.systemUTC());
        Instant begun = Instant.now();

        assertThatThrownBy(() -> zones.read(SET))
                .isInstanceOfSatisfying(
                        HoldfastException.class, told -> assertThat(told.code()).isEqualTo(DnsError.DNS_UNREACHABLE));
        assertThat(Duration.between(begun, Instant.now()))
                .as("the drip goes on for a minute")
                .isLessThan(Duration.ofSeconds(50));
    }

    @Test
    void isOneIfItIsTheServers() {
        Rfc2136Zones zones = zones(
                question -> signed(answer(question, question.getHeader().getID()), question, SECRET),
                Duration.ofSeconds(60));

        assertThat(zones.read(SET).values().values()).containsExactly("203.0.113.66");
        assertThat(zones.replace(SET, RecordValues.NONE, NEW, Instant.now())).isTrue();
    }

    private static void assertInvalid(Runnable call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(HoldfastException.class, told -> assertThat(told.code())
                .as(told.getMessage())
                .isEqualTo(DnsError.DNS_ANSWER_INVALID));
    }
}
