package io.holdfast.kernel;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import java.util.Objects;

/** One agent's ordered changes for one protection group (glossary: stream). */
public record StreamId(AgentId agent, PgId pg) {
    public StreamId {
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(pg, "pg");
    }

    /** The Kafka key of the stream's status: {@code <agent>/<pg>}. */
    @Override
    public String toString() {
        return agent + "/" + pg;
    }
}
