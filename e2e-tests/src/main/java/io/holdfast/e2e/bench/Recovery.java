package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.localsite.plan.Port;
import java.net.InetSocketAddress;

/** How recovered disks are reached. */
final class Recovery {
    private Recovery() {}

    static InetSocketAddress journalNbd(BenchSite site) {
        return new InetSocketAddress("127.0.0.1", site.parts().port(Port.JOURNAL_NBD));
    }

    /** The first volume of a checkpoint, read-only. */
    static String uri(BenchSite site, JsonNode checkpoint) {
        InetSocketAddress address = journalNbd(site);
        return "nbd://%s:%d/%s"
                .formatted(
                        address.getHostString(),
                        address.getPort(),
                        checkpoint.path("volumes").path(0).path("nbdExport").asText());
    }
}
