package io.holdfast.replicationagent.adapter.qga;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import io.holdfast.replicationagent.quiesce.GuestAgents;
import io.holdfast.replicationagent.quiesce.Hook;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** QEMU's guest agent protocol (QEMU documentation, "Guest agent protocol reference"; commands as of QEMU 2.5). */
final class QgaConnection implements GuestAgents.Connection {
    private static final byte SENTINEL = (byte) 0xFF;
    private static final int MAX_OUTPUT_BYTES = 16 << 10;
    private static final int MAX_MESSAGE = 300;
    private static final Duration HOOK_POLL = Duration.ofMillis(25);
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxNumberLength(32)
                            .maxNameLength(1_024)
                            .maxStringLength(QgaChannel.MAX_LINE_BYTES)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final QgaChannel channel;

    private QgaConnection(QgaChannel channel) {
        this.channel = channel;
    }

    static QgaConnection open(Path socket, Deadline deadline) throws GuestAgentException {
        QgaConnection connection = new QgaConnection(QgaChannel.open(socket));
        boolean synced = false;
        try {
            connection.sync(deadline);
            synced = true;
            return connection;
        } finally {
            if (!synced) {
                connection.close();
            }
        }
    }

    /** The sentinel ends whatever an earlier client left half written, here and there; stale answers are dropped. */
    private void sync(Deadline deadline) throws GuestAgentException {
        // QEMU parses a 64-bit signed number; a positive int is safe with every version.
        int id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
        ObjectNode arguments = JSON.createObjectNode().put("id", id);
        byte[] request = request("guest-sync-delimited", arguments);
        channel.write(
                ByteBuffer.allocate(request.length + 1)
                        .put(SENTINEL)
                        .put(request)
                        .array(),
                deadline);
        while (true) {
            channel.skipPast(SENTINEL, deadline);
            JsonNode answer = parse(channel.readLine(deadline));
            if (answer.path("return").isIntegralNumber()
                    && answer.path("return").asLong() == id) {
                return;
            }
        }
    }

    private static byte[] request(String command, ObjectNode arguments) {
        ObjectNode request = JSON.createObjectNode().put("execute", command);
        if (!arguments.isEmpty()) {
            request.set("arguments", arguments);
        }
        return (request + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode parse(byte[] line) throws GuestAgentException {
        try {
            JsonNode read = JSON.readTree(line);
            if (read != null && read.isObject()) {
                return read;
            }
        } catch (IOException malformed) {
            throw new GuestAgentException(Kind.BROKEN, "an answer that is not JSON", malformed);
        }
        throw new GuestAgentException(Kind.BROKEN, "an answer that is no JSON object");
    }

    JsonNode ask(String command, ObjectNode arguments, Deadline deadline) throws GuestAgentException {
        channel.write(request(command, arguments), deadline);
        JsonNode answer = parse(channel.readLine(deadline));
        if (answer.has("error")) {
            String said = printable(answer.path("error").path("desc").asText("no description"), MAX_MESSAGE);
            throw new GuestAgentException(Kind.REFUSED, command + ": " + said);
        }
        if (!answer.has("return")) {
            throw new GuestAgentException(Kind.BROKEN, command + ": an answer with neither a result nor an error");
        }
        return answer.get("return");
    }

    private long askCount(String command, Deadline deadline) throws GuestAgentException {
        JsonNode count = ask(command, JSON.createObjectNode(), deadline);
        if (!count.canConvertToLong() || count.asLong() < 0) {
            throw new GuestAgentException(Kind.BROKEN, command + ": an answer that is no count");
        }
        return count.asLong();
    }

    @Override
    public Set<String> allowedCommands(Deadline deadline) throws GuestAgentException {
        JsonNode info = ask("guest-info", JSON.createObjectNode(), deadline);
        Set<String> allowed = new HashSet<>();
        for (JsonNode command : info.path("supported_commands")) {
            if (command.path("enabled").asBoolean(false)) {
                allowed.add(command.path("name").asText());
            }
        }
        return allowed;
    }

    @Override
    public long freeze(Deadline deadline) throws GuestAgentException {
        return askCount("guest-fsfreeze-freeze", deadline);
    }

    @Override
    public boolean isFrozen(Deadline deadline) throws GuestAgentException {
        String status =
                ask("guest-fsfreeze-status", JSON.createObjectNode(), deadline).asText();
        return switch (status) {
            case "frozen" -> true;
            case "thawed" -> false;
            default ->
                throw new GuestAgentException(
                        Kind.BROKEN, "guest-fsfreeze-status: unknown state '" + printable(status, 40) + "'");
        };
    }

    @Override
    public long thaw(Deadline deadline) throws GuestAgentException {
        return askCount("guest-fsfreeze-thaw", deadline);
    }

    @Override
    public GuestAgents.HookResult run(Hook hook, Deadline deadline) throws GuestAgentException {
        long process = QgaPrograms.begin(this::ask, hook.path(), hook.arguments(), Map.of(), deadline);
        while (true) {
            Optional<QgaPrograms.Exit> exit = QgaPrograms.look(this::ask, process, deadline);
            if (exit.isPresent()) {
                return result(exit.get());
            }
            if (deadline.isOver()) {
                throw new GuestAgentException(Kind.SILENT, "it did not end in time");
            }
            LockSupport.parkNanos(HOOK_POLL.toNanos());
        }
    }

    void requestShutdown(Deadline deadline) throws GuestAgentException {
        channel.write(request("guest-shutdown", JSON.createObjectNode().put("mode", "powerdown")), deadline);
    }

    private static GuestAgents.HookResult result(QgaPrograms.Exit exit) throws GuestAgentException {
        return new GuestAgents.HookResult(exit.code(), line(exit.out()) + line(exit.err()));
    }

    private static String line(byte[] output) throws GuestAgentException {
        if (output.length > MAX_OUTPUT_BYTES) {
            throw new GuestAgentException(
                    Kind.BROKEN, "the hook wrote " + output.length + " bytes; " + MAX_OUTPUT_BYTES + " are allowed");
        }
        return printable(new String(output, StandardCharsets.UTF_8), MAX_MESSAGE);
    }

    /** What a guest says goes to logs and people: one line, no control characters. */
    private static String printable(String text, int most) {
        String line = text.strip().replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= most ? line : line.substring(0, most) + "…";
    }

    @Override
    public void close() {
        channel.close();
    }
}
