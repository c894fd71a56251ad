package io.holdfast.replicationagent.adapter.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.replicationagent.adapter.qmp.QmpException.Kind;
import io.holdfast.replicationagent.fixture.Wait;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against peers that say what QEMU says, and what it never would. */
class QmpClientTest {
    private static final String GREETING = "{\"QMP\":{\"version\":{\"qemu\":{\"major\":7}},\"capabilities\":[]}}\n";
    private static final QmpLimits SHORT = new QmpLimits(Duration.ofSeconds(20), Duration.ofSeconds(20), 4_096, 4);

    private final Path socket =
            Path.of("/tmp", "hf-qmp-" + UUID.randomUUID().toString().substring(0, 8));
    private final List<QmpEvent> events = new CopyOnWriteArrayList<>();
    private final AtomicInteger ends = new AtomicInteger();
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        Files.deleteIfExists(socket);
    }

    /** Says the first thing, then answers each line; an empty answer closes the connection. */
    private void peer(String first, Function<String, String> answer) {
        Thread.ofVirtual().start(() -> {
            try (SocketChannel channel = server.accept()) {
                say(channel, first);
                LineInlet lines = new LineInlet(channel, 1 << 20);
                while (true) {
                    String reply = answer.apply(new String(lines.next(), StandardCharsets.UTF_8));
                    if (reply.isEmpty()) {
                        return;
                    }
                    say(channel, reply);
                }
            } catch (IOException gone) {
                // The client has had enough, as some tests want.
            }
        });
    }

    private static void say(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static String id(String line) {
        return line.replaceAll(".*\"id\":(\\d+).*", "$1");
    }

    private static String ok(String line) {
        return "{\"return\":{},\"id\":" + id(line) + "}\n";
    }

    private QmpClient connect(QmpLimits limits) throws QmpException {
        return QmpClient.connect(socket, limits, events::add, ends::incrementAndGet);
    }

    @Test
    void answersFindTheirCommandsAndEventsComeBeforeWhatFollowedThem() throws Exception {
        peer(
                GREETING,
                line -> line.contains("query-status")
                        ? "{\"event\":\"STOP\",\"data\":{\"device\":\"d\"}}\r\n{\"return\":{\"status\":\"paused\"},\"id\":"
                                + id(line) + "}\n"
                        : ok(line));
        try (QmpClient qmp = connect(SHORT)) {
            assertThat(qmp.execute("query-status").path("status").asText()).isEqualTo("paused");
            assertThat(events).singleElement().satisfies(event -> {
                assertThat(event.name()).isEqualTo("STOP");
                assertThat(event.text("device")).isEqualTo("d");
                assertThat(event.text("missing")).isEmpty();
            });
        }
        Wait.until("told of the end", () -> ends.get() == 1, ends::get);
    }

    @Test
    void aRefusalLeavesTheConnectionUsable() throws Exception {
        peer(
                GREETING,
                line -> line.contains("bad")
                        ? "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no such thing\"},\"id\":" + id(line)
                                + "}\n"
                        : ok(line));
        try (QmpClient qmp = connect(SHORT)) {
            assertThatThrownBy(() -> qmp.execute("bad"))
                    .isInstanceOfSatisfying(QmpException.class, refused -> {
                        assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
                        assertThat(refused.errorClass()).isEqualTo("GenericError");
                        assertThat(refused.isFatal()).isFalse();
                    })
                    .hasMessageContaining("no such thing");
            qmp.execute("good", Map.of("text", "with \"quotes\"\nand lines"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "220 mail.example ESMTP\n",
                "{}\n",
                "[]\n",
                "{\"QMP\":7}\n",
                "{\"return\":{},\"id\":1}\n",
                "{\"QMP\":{\"version\":{\"qemu\":{\"major\":7}}}",
            })
    void aPeerThatDoesNotGreetAsQmpDoesIsLeft(String first) {
        peer(first, _ -> "");
        QmpLimits limits = new QmpLimits(Duration.ofSeconds(2), Duration.ofSeconds(2), 4_096, 4);

        assertThatThrownBy(() -> connect(limits))
                .isInstanceOfSatisfying(QmpException.class, failed -> assertThat(failed.isFatal())
                        .isTrue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"return\":{},\"id\":99}\n",
                "{\"return\":{}}\n",
                "{\"return\":{},\"id\":\"1\"}\n",
                "{\"nothing\":1}\n",
                "null\n",
                "{\"return\":\n",
                "\0\0\0\n",
            })
    void anAnswerThatFitsNoCommandEndsTheConnection(String answer) throws Exception {
        peer(GREETING, line -> line.contains("qmp_capabilities") ? ok(line) : answer);
        QmpClient qmp = connect(SHORT);

        assertThatThrownBy(() -> qmp.execute("query-status"))
                .isInstanceOfSatisfying(
                        QmpException.class, failed -> assertThat(failed.kind()).isEqualTo(Kind.PROTOCOL));
        assertThat(qmp.isOpen()).isFalse();
        assertThatThrownBy(() -> qmp.execute("query-status")).isInstanceOf(QmpException.class);
        Wait.until("told of the end, once", () -> ends.get() == 1, ends::get);
    }

    @Test
    void aMessageLongerThanAllowedEndsTheConnection() throws Exception {
        peer(GREETING, line -> line.contains("qmp_capabilities") ? ok(line) : "x".repeat(5_000) + "\n");
        QmpClient qmp = connect(SHORT);

        assertThatThrownBy(() -> qmp.execute("query-status")).hasMessageContaining("longer than 4096 bytes");
    }

    @Test
    void deepNestingIsNotFollowed() throws Exception {
        peer(
                GREETING,
                line -> line.contains("qmp_capabilities")
                        ? ok(line)
                        : "{\"event\":\"E\",\"data\":" + "[".repeat(1_000) + "]".repeat(1_000) + "}\n");
        QmpClient qmp = connect(SHORT);

        assertThatThrownBy(() -> qmp.execute("query-status"))
                .isInstanceOfSatisfying(
                        QmpException.class, failed -> assertThat(failed.kind()).isEqualTo(Kind.PROTOCOL));
    }

    @Test
    void noiseEndsTheConnectionAndNothingElse() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            byte[] noise = new byte[1 + random.nextInt(2_000)];
            random.nextBytes(noise);
            String text = new String(noise, StandardCharsets.ISO_8859_1) + "\n";
            peer(GREETING, line -> line.contains("qmp_capabilities") ? ok(line) : text);

            assertThatThrownBy(() -> {
                        try (QmpClient qmp = connect(SHORT)) {
                            qmp.execute("query-status");
                        }
                    })
                    .as("seed %d", seed)
                    .isInstanceOf(QmpException.class);
        }
    }

    @Test
    void aCommandThatIsNotAnsweredInTimeEndsTheConnection() throws Exception {
        peer(GREETING, line -> line.contains("qmp_capabilities") ? ok(line) : "\n");
        QmpClient qmp = connect(new QmpLimits(Duration.ofSeconds(20), Duration.ofSeconds(1), 4_096, 4));

        assertThatThrownBy(() -> qmp.execute("query-status"))
                .isInstanceOfSatisfying(
                        QmpException.class, late -> assertThat(late.kind()).isEqualTo(Kind.TIMEOUT));
        assertThat(qmp.isOpen()).isFalse();
    }

    @Test
    void aPeerThatGoesAwayFailsWhatIsUnderWay() throws Exception {
        peer(GREETING, line -> line.contains("qmp_capabilities") ? ok(line) : "");
        QmpClient qmp = connect(SHORT);

        assertThatThrownBy(() -> qmp.execute("query-status"))
                .isInstanceOfSatisfying(
                        QmpException.class, lost -> assertThat(lost.kind()).isEqualTo(Kind.LOST));
    }

    @Test
    void nobodyThereIsSaid() throws Exception {
        server.close();

        assertThatThrownBy(() -> connect(SHORT))
                .isInstanceOfSatisfying(
                        QmpException.class, failed -> assertThat(failed.kind()).isEqualTo(Kind.CONNECT));
    }
}
