package io.holdfast.replicationagent.adapter.qmp;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Something that QEMU says unasked.
 *
 * @param data what belongs to it; an empty object when nothing does
 */
public record QmpEvent(String name, JsonNode data) {
    /** A text field of the data, empty when it is missing. */
    public String text(String field) {
        return data.path(field).asText("");
    }
}
