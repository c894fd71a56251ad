package io.holdfast.replicationagent.adapter.qemu;

import com.fasterxml.jackson.databind.JsonNode;

/** A block job, as {@code query-block-jobs} shows it. */
record BlockJob(
        String id, String type, String status, String ioStatus, boolean paused, long doneBytes, long totalBytes) {
    static BlockJob of(JsonNode json) {
        return new BlockJob(
                json.path("device").asText(),
                json.path("type").asText(),
                json.path("status").asText(),
                json.path("io-status").asText(),
                json.path("paused").asBoolean(),
                json.path("offset").asLong(),
                json.path("len").asLong());
    }

    /** Whether a mirror sends every write to its target. */
    boolean isMirroring() {
        return status.equals("ready") && ioStatus.equals("ok");
    }
}
