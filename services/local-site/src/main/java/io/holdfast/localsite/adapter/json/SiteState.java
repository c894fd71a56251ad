package io.holdfast.localsite.adapter.json;

import java.util.List;
import java.util.Map;

/**
 * What a running site says about itself: the content of {@code state.json} and of {@code GET /status}.
 *
 * @param formatVersion 1
 * @param owner {@code cli} when {@code local-site up} runs it, {@code library} when a program does, which then is the
 *     one to stop it
 * @param pid the local site's own process
 * @param startTicks tells that process from a later one with the same pid
 * @param phase {@code STARTING}, {@code READY} or {@code STOPPING}
 */
public record SiteState(
        int formatVersion,
        String owner,
        long pid,
        long startTicks,
        String phase,
        String siteId,
        String address,
        List<PartEntry> parts) {
    public static final int FORMAT_VERSION = 1;

    /**
     * One part.
     *
     * @param pid its process; 0 when it has none of its own or is not running
     * @param startTicks tells that process from a later one with the same pid
     * @param ports name to number
     * @param reason why it is not running, or empty
     * @param healthy whether it answers its readiness probe now; null where nobody asked
     */
    public record PartEntry(
            String name,
            String state,
            String since,
            long pid,
            long startTicks,
            Map<String, Integer> ports,
            String reason,
            Boolean healthy) {}
}
