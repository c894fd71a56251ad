package io.holdfast.replicationagent.adapter.qga;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.holdfast.replicationagent.machine.guest.GuestDoor;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The way into a guest by its agent's protocol, whatever carries it. */
public final class QgaDoor implements GuestDoor {
    private final QgaAsker asker;

    public QgaDoor(QgaAsker asker) {
        this.asker = asker;
    }

    @Override
    public long begin(Program program, Deadline deadline) throws GuestAgentException {
        return QgaPrograms.begin(asker, program.path(), program.arguments(), program.environment(), deadline);
    }

    @Override
    public Optional<End> look(long processId, Deadline deadline) throws GuestAgentException {
        return QgaPrograms.look(asker, processId, deadline).map(exit -> new End(exit.code(), output(exit)));
    }

    private static String output(QgaPrograms.Exit exit) {
        return new String(exit.out(), StandardCharsets.UTF_8) + new String(exit.err(), StandardCharsets.UTF_8);
    }

    @Override
    public String system(Deadline deadline) throws GuestAgentException {
        return ask("guest-get-osinfo", deadline).path("id").asText();
    }

    @Override
    public Map<String, String> cards(Deadline deadline) throws GuestAgentException {
        Map<String, String> cards = new LinkedHashMap<>();
        for (JsonNode card : ask("guest-network-get-interfaces", deadline)) {
            String mac = card.path("hardware-address").asText().toLowerCase(Locale.ROOT);
            if (!mac.isEmpty()) {
                cards.put(mac, card.path("name").asText());
            }
        }
        return cards;
    }

    private JsonNode ask(String command, Deadline deadline) throws GuestAgentException {
        return asker.ask(command, JsonNodeFactory.instance.objectNode(), deadline);
    }
}
