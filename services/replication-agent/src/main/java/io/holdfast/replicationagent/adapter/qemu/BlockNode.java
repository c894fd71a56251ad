package io.holdfast.replicationagent.adapter.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** A node of QEMU's block graph, as {@code query-named-block-nodes} shows it. */
record BlockNode(String name, String driver, long sizeBytes, boolean readOnly, List<Bitmap> bitmaps) {
    BlockNode {
        bitmaps = List.copyOf(bitmaps);
    }

    /**
     * A named dirty bitmap of the node.
     *
     * @param recording whether writes are noted in it
     * @param inconsistent whether the image was not closed cleanly, so that it cannot be used
     */
    record Bitmap(String name, boolean recording, boolean busy, boolean inconsistent, long dirtyBytes) {}

    static BlockNode of(JsonNode json) {
        List<Bitmap> bitmaps = new ArrayList<>();
        for (JsonNode bitmap : json.path("dirty-bitmaps")) {
            // Nameless ones belong to block jobs.
            if (bitmap.hasNonNull("name")) {
                bitmaps.add(new Bitmap(
                        bitmap.path("name").asText(),
                        bitmap.path("recording").asBoolean(),
                        bitmap.path("busy").asBoolean(),
                        bitmap.path("inconsistent").asBoolean(),
                        bitmap.path("count").asLong()));
            }
        }
        return new BlockNode(
                json.path("node-name").asText(),
                json.path("drv").asText(),
                json.path("image").path("virtual-size").asLong(),
                json.path("ro").asBoolean(),
                bitmaps);
    }

    /** Whether bitmaps of this node can outlive QEMU. */
    boolean keepsBitmaps() {
        return driver.equals("qcow2");
    }
}
