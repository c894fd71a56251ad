package io.holdfast.replicationagent.adapter.qga;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Programs inside a guest, as the guest agent's protocol has them, whatever carries it. Stateless. */
final class QgaPrograms {
    private static final int OF_SIGNALS = 128;

    private QgaPrograms() {}

    /** @param code 128 and the signal's number for a program that a signal ended */
    @SuppressWarnings("ArrayRecordComponent")
    record Exit(int code, byte[] out, byte[] err) {}

    /** @param environment all of it; empty = the guest agent's own */
    static long begin(
            QgaAsker asker, String path, List<String> arguments, Map<String, String> environment, Deadline deadline)
            throws GuestAgentException {
        ObjectNode start =
                JsonNodeFactory.instance.objectNode().put("path", path).put("capture-output", true);
        arguments.forEach(start.putArray("arg")::add);
        if (!environment.isEmpty()) {
            ArrayNode variables = start.putArray("env");
            environment.forEach((name, value) -> variables.add(name + "=" + value));
        }
        JsonNode process = asker.ask("guest-exec", start, deadline).path("pid");
        if (!process.canConvertToLong()) {
            throw new GuestAgentException(Kind.BROKEN, "guest-exec: an answer without a process id");
        }
        return process.asLong();
    }

    /** Empty = it runs. */
    static Optional<Exit> look(QgaAsker asker, long process, Deadline deadline) throws GuestAgentException {
        JsonNode status = asker.ask(
                "guest-exec-status", JsonNodeFactory.instance.objectNode().put("pid", process), deadline);
        if (!status.path("exited").asBoolean(false)) {
            return Optional.empty();
        }
        int code = status.has("signal")
                ? OF_SIGNALS + status.path("signal").asInt()
                : status.path("exitcode").asInt(-1);
        return Optional.of(new Exit(code, decode(status.path("out-data")), decode(status.path("err-data"))));
    }

    private static byte[] decode(JsonNode base64) throws GuestAgentException {
        try {
            return Base64.getDecoder().decode(base64.asText(""));
        } catch (IllegalArgumentException malformed) {
            throw new GuestAgentException(Kind.BROKEN, "what a program wrote is not in base64", malformed);
        }
    }
}
