package io.holdfast.replicationagent.adapter.qga;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;

/** Carries one question to a guest's agent, and its answer back. */
@FunctionalInterface
public interface QgaAsker {
    /** What the agent returned. @throws GuestAgentException {@code REFUSED} for an error, by which nothing was done */
    JsonNode ask(String command, ObjectNode arguments, Deadline deadline) throws GuestAgentException;
}
