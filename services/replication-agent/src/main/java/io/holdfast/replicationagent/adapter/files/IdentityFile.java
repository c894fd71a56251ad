package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.replicationagent.AgentError;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The ids of agent and host, kept from the first start on.
 *
 * @param agent as configured or generated
 * @param host likewise
 */
public record IdentityFile(AgentId agent, HostId host) {

    /**
     * Takes the ids of the directory; at the first start the configured ones, or new ones.
     *
     * @throws HoldfastException {@code IDENTITY_CHANGED} when the settings name other ids than the directory, or {@code STATE_FILE_DAMAGED}
     */
    public static IdentityFile loadOrCreate(
            StateDirectory directory, Optional<AgentId> configuredAgent, Optional<HostId> configuredHost) {
        Path file = directory.file("identity");
        Optional<byte[]> bytes = directory.read(file);
        if (bytes.isEmpty()) {
            IdentityFile identity = new IdentityFile(
                    configuredAgent.orElseGet(AgentId::random), configuredHost.orElseGet(HostId::random));
            directory.replace(
                    file,
                    StateText.write(List.of(
                            List.of(identity.agent().toString(), identity.host().toString()))));
            return identity;
        }
        IdentityFile kept = parse(file, bytes.get());
        if (configuredAgent.filter(id -> !id.equals(kept.agent())).isPresent()
                || configuredHost.filter(id -> !id.equals(kept.host())).isPresent()) {
            throw new HoldfastException(
                    AgentError.IDENTITY_CHANGED,
                    "the state directory belongs to agent %s on host %s, the settings name agent %s on host %s; use the directory of that agent or an empty one"
                            .formatted(
                                    kept.agent(),
                                    kept.host(),
                                    configuredAgent.map(AgentId::toString).orElse("(any)"),
                                    configuredHost.map(HostId::toString).orElse("(any)")));
        }
        return kept;
    }

    private static IdentityFile parse(Path file, byte[] bytes) {
        try {
            List<String> row = StateText.read(bytes).orElseThrow().getFirst();
            return new IdentityFile(AgentId.parse(row.get(0)), HostId.parse(row.get(1)));
        } catch (java.util.NoSuchElementException | IndexOutOfBoundsException | HoldfastException damaged) {
            throw new HoldfastException(
                    AgentError.STATE_FILE_DAMAGED,
                    "the identity in %s is damaged; restore it, or delete it and set holdfast.agent.id and holdfast.agent.host-id"
                            .formatted(file),
                    damaged);
        }
    }
}
