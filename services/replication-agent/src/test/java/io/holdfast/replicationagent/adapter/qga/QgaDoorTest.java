package io.holdfast.replicationagent.adapter.qga;

import static io.holdfast.replicationagent.adapter.qga.ScriptedGuestAgent.sync;
import static io.holdfast.replicationagent.adapter.qga.ScriptedGuestAgent.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.replicationagent.machine.guest.GuestDoor;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QgaDoorTest {
    private static final Deadline LONG = Deadline.in(Duration.ofSeconds(60));
    private static final GuestDoor.Program PROGRAM =
            new GuestDoor.Program("/bin/x", List.of("a \"b\"", "$(c)\n"), Map.of("KEY", "v=1"));

    private static ScriptedGuestAgent answering(Function<String, String> answers) throws Exception {
        return new ScriptedGuestAgent(line -> sync(line, "").orElseGet(() -> text(answers.apply(line) + "\n")));
    }

    private static GuestDoor door(ScriptedGuestAgent agent) {
        return new QgaGuestAgents(List.of(agent.socket().getParent())).door(agent.socket());
    }

    @Test
    void a_program_is_given_its_words_and_its_environment_and_tells_both_streams() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        try (ScriptedGuestAgent agent = answering(line -> {
            asked.add(line.strip());
            return line.contains("\"guest-exec\"")
                    ? "{\"return\": {\"pid\": 4711}}"
                    : "{\"return\": {\"exited\": true, \"signal\": 9, \"out-data\": \"b3V0Cg==\", \"err-data\": \"ZXJy\"}}";
        })) {
            GuestDoor door = door(agent);
            assertThat(door.begin(PROGRAM, LONG)).isEqualTo(4_711);
            assertThat(door.look(4_711, LONG)).hasValue(new GuestDoor.End(137, "out\nerr"));
            assertThat(asked)
                    .containsExactly(
                            "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/x\",\"capture-output\":true,\"arg\":[\"a \\\"b\\\"\",\"$(c)\\n\"],\"env\":[\"KEY=v=1\"]}}",
                            "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":4711}}");
        }
    }

    @Test
    void cards_are_known_by_their_mac_and_what_has_none_is_left_out() throws Exception {
        String cards =
                "{\"return\": [{\"name\": \"lo\"}, {\"name\": \"eth0\", \"hardware-address\": \"52:54:00:AA:00:01\"}, 7, {}]}";
        try (ScriptedGuestAgent agent = answering(_ -> cards)) {
            assertThat(door(agent).cards(LONG)).containsExactly(Map.entry("52:54:00:aa:00:01", "eth0"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"return\": {}}",
                "{\"return\": {\"pid\": \"x\"}}",
                "{\"return\": {\"pid\": 99999999999999999999999}}",
                "{\"return\": []}",
                "nothing of the kind"
            })
    void a_begin_without_a_process_is_no_refusal_because_it_may_have_been_one(String answer) throws Exception {
        try (ScriptedGuestAgent agent = answering(_ -> answer)) {
            assertThat(catchThrowableOfType(
                            GuestAgentException.class, () -> door(agent).begin(PROGRAM, LONG)))
                    .extracting(GuestAgentException::kind)
                    .isEqualTo(Kind.BROKEN);
        }
    }

    @Test
    void output_that_is_none_breaks_and_an_error_is_a_refusal() throws Exception {
        try (ScriptedGuestAgent agent = answering(line -> line.contains("\"pid\":1}")
                ? "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"%%%\"}}"
                : "{\"error\": {\"class\": \"GenericError\", \"desc\": \"PID 2 does not exist\"}}")) {
            GuestDoor door = door(agent);
            assertThat(catchThrowableOfType(GuestAgentException.class, () -> door.look(1, LONG))
                            .kind())
                    .isEqualTo(Kind.BROKEN);
            assertThat(catchThrowableOfType(GuestAgentException.class, () -> door.look(2, LONG))
                            .kind())
                    .isEqualTo(Kind.REFUSED);
        }
    }
}
