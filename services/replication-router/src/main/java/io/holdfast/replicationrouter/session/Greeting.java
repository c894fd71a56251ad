package io.holdfast.replicationrouter.session;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import java.util.List;
import java.util.Objects;

/**
 * An agent's Hello, with its ids read.
 *
 * @param instance new at every start of the agent's process
 */
public record Greeting(
        int protocolVersion,
        SiteId site,
        AgentId agent,
        HostId host,
        String hostName,
        String softwareVersion,
        String instance,
        List<Resume> streams) {

    public Greeting {
        Objects.requireNonNull(instance, "instance");
        streams = List.copyOf(streams);
    }

    /** Where one stream goes on: {@code next} is the first seq that is not acknowledged. */
    public record Resume(PgId pg, Epoch epoch, Seq next) {}
}
