package io.holdfast.replicationagent.adapter.qga;

import static io.holdfast.replicationagent.adapter.qga.ScriptedGuestAgent.sync;
import static io.holdfast.replicationagent.adapter.qga.ScriptedGuestAgent.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import io.holdfast.replicationagent.quiesce.GuestAgents.Connection;
import io.holdfast.replicationagent.quiesce.Hook;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QgaConnectionTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(200);

    /** Answers syncs honestly and everything else as said. */
    private static ScriptedGuestAgent honest(Function<String, byte[]> others) throws Exception {
        return new ScriptedGuestAgent(line -> sync(line, "").orElseGet(() -> others.apply(line)));
    }

    private static Connection connect(ScriptedGuestAgent agent, Duration patience) throws GuestAgentException {
        return new QgaGuestAgents(List.of(agent.socket().getParent())).connect(agent.socket(), Deadline.in(patience));
    }

    private static Kind kindOf(ThrowingCallable call) {
        GuestAgentException failed = catchThrowableOfType(GuestAgentException.class, call);
        assertThat(failed).as("an exception of the guest agent").isNotNull();
        return failed.kind();
    }

    @Test
    void answersThatAnEarlierClientDidNotWaitForAreDropped() throws Exception {
        String stale = "{\"return\": 7}\n{\"return\": {\"half\": ";
        try (ScriptedGuestAgent agent =
                        new ScriptedGuestAgent(line -> sync(line, stale).orElseGet(() -> text("{\"return\": 3}\n")));
                Connection connection = connect(agent, LONG)) {
            assertThat(connection.freeze(Deadline.in(LONG))).isEqualTo(3);
        }
    }

    @Test
    void anErrorIsARefusalAndTheConnectionStaysOfUse() throws Exception {
        try (ScriptedGuestAgent agent = honest(line -> line.contains("freeze-freeze")
                        ? text("{\"error\": {\"class\": \"GenericError\", \"desc\": \"hook\\nhas failed\\u0007\"}}\n")
                        : text("{\"return\": \"thawed\"}\n"));
                Connection connection = connect(agent, LONG)) {
            assertThatThrownBy(() -> connection.freeze(Deadline.in(LONG)))
                    .hasMessage("guest-fsfreeze-freeze: hook has failed ")
                    .extracting("kind")
                    .isEqualTo(Kind.REFUSED);
            assertThat(connection.isFrozen(Deadline.in(LONG))).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "",
                "[]",
                "null",
                "17",
                "{}",
                "{\"return\": {}}",
                "{\"return\": -1}",
                "{\"return\": \"3\"}",
                "{\"return\": 3} {\"return\": 4}",
                "{\"return\": 99999999999999999999999999999999999999999}",
                "{\"return\": 3, \"return\"",
                "\u0000\u0001\u0002"
            })
    void anAnswerThatIsNoCountBreaksTheConnection(String answer) throws Exception {
        try (ScriptedGuestAgent agent = honest(_ -> text(answer + "\n"));
                Connection connection = connect(agent, LONG)) {
            assertThat(kindOf(() -> connection.freeze(Deadline.in(LONG)))).isEqualTo(Kind.BROKEN);
        }
    }

    @Test
    void linesWithoutEndNestingWithoutEndAndNoiseAreBounded() throws Exception {
        String endless = "x".repeat(QgaChannel.MAX_LINE_BYTES + 1);
        String nested = "{\"return\": " + "[".repeat(100_000) + "}\n";
        for (String hostile : List.of(endless, nested)) {
            try (ScriptedGuestAgent agent = honest(_ -> text(hostile));
                    Connection connection = connect(agent, LONG)) {
                assertThat(kindOf(() -> connection.isFrozen(Deadline.in(LONG)))).isEqualTo(Kind.BROKEN);
            }
        }
        String noise = "{\"return\": 5}\n".repeat(QgaChannel.MAX_STALE_BYTES / 14 + 1);
        try (ScriptedGuestAgent agent = new ScriptedGuestAgent(_ -> text(noise))) {
            assertThat(kindOf(() -> connect(agent, LONG))).isEqualTo(Kind.BROKEN);
        }
    }

    @Test
    void randomBytesNeverDoMoreThanEndTheConversation() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            byte[] bytes = new byte[random.nextInt(200) + 1];
            random.nextBytes(bytes);
            bytes[bytes.length - 1] = '\n';
            try (ScriptedGuestAgent agent = honest(_ -> bytes);
                    Connection connection = connect(agent, LONG)) {
                assertThat(kindOf(() -> connection.thaw(Deadline.in(LONG))))
                        .as("seed %d round %d", seed, round)
                        .isEqualTo(Kind.BROKEN);
            }
        }
    }

    @Test
    void silenceEndsAtTheDeadlineAndAHangUpAtOnce() throws Exception {
        try (ScriptedGuestAgent mute = new ScriptedGuestAgent(_ -> new byte[0])) {
            assertThat(kindOf(() -> connect(mute, SHORT))).isEqualTo(Kind.SILENT);
        }
        try (ScriptedGuestAgent slow = honest(_ -> text("{\"return\""));
                Connection connection = connect(slow, LONG)) {
            assertThat(kindOf(() -> connection.freeze(Deadline.in(SHORT)))).isEqualTo(Kind.SILENT);
        }
        try (ScriptedGuestAgent rude = honest(_ -> null);
                Connection connection = connect(rude, LONG)) {
            assertThat(kindOf(() -> connection.freeze(Deadline.in(LONG)))).isEqualTo(Kind.BROKEN);
        }
    }

    @Test
    void aSocketThatNobodyListensOnIsGoneAndOneOutsideOfTheRootsIsRefused(@TempDir Path folder) throws Exception {
        QgaGuestAgents agents = new QgaGuestAgents(List.of(folder));
        assertThat(kindOf(() -> agents.connect(folder.resolve("none"), Deadline.in(LONG))))
                .isEqualTo(Kind.GONE);
        try (ScriptedGuestAgent agent = honest(_ -> text("{\"return\": 1}\n"))) {
            Path link = Files.createSymbolicLink(folder.resolve("link"), agent.socket());
            assertThat(kindOf(() -> agents.connect(link, Deadline.in(LONG)))).isEqualTo(Kind.REFUSED);
        }
    }

    @Test
    void aHookRunsToItsEndAndItsOutputIsReadable() throws Exception {
        String output = Base64.getEncoder().encodeToString("out\n".getBytes(StandardCharsets.UTF_8));
        int[] polls = {0};
        try (ScriptedGuestAgent agent = honest(line -> line.contains("\"guest-exec\"")
                        ? text("{\"return\": {\"pid\": 42}}\n")
                        : ++polls[0] < 3
                                ? text("{\"return\": {\"exited\": false}}\n")
                                : text("{\"return\": {\"exited\": true, \"exitcode\": 3, \"out-data\": \"" + output
                                        + "\"}}\n"));
                Connection connection = connect(agent, LONG)) {
            var result = connection.run(new Hook("/h", List.of("a b"), LONG), Deadline.in(LONG));
            assertThat(result.exitCode()).isEqualTo(3);
            assertThat(result.output()).isEqualTo("out");
            assertThat(polls[0]).isEqualTo(3);
        }
    }

    @Test
    void aHookThatFloodsIsStoppedAtItsLimit() throws Exception {
        String output = Base64.getEncoder().encodeToString(new byte[20_000]);
        try (ScriptedGuestAgent agent = honest(line -> line.contains("\"guest-exec\"")
                        ? text("{\"return\": {\"pid\": 42}}\n")
                        : text("{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + output
                                + "\"}}\n"));
                Connection connection = connect(agent, LONG)) {
            assertThat(kindOf(() -> connection.run(new Hook("/h", List.of(), LONG), Deadline.in(LONG))))
                    .isEqualTo(Kind.BROKEN);
        }
    }
}
