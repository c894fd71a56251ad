package io.holdfast.journalstore.adapter.relay;

import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.relay.RelayLimits;
import io.holdfast.journalstore.relay.RelayStatus;
import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/** The links to all further sites. Safe for any number of threads once started. */
public final class Relays implements AutoCloseable {
    /** Folder of what is remembered, beside the journals. */
    private static final String FOLDER = ".relay";

    private final List<TargetLink> links;

    /**
     * One target as it is now.
     *
     * @param lastError why the last session ended; empty = none has
     * @param missing groups that the target asked for and that no journal here has
     */
    public record TargetStatus(
            String name,
            List<String> routers,
            String agentId,
            boolean connected,
            String lastError,
            List<RelayStatus> groups,
            List<PgId> missing) {}

    private Relays(List<TargetLink> links) {
        this.links = links;
    }

    /**
     * Checks the settings and starts a link per target.
     *
     * @throws HoldfastException {@code INVALID_CONFIGURATION} naming the setting; {@code STORAGE_UNUSABLE}
     */
    public static Relays start(RelaySettings settings, JournalStore store, Path data, String softwareVersion) {
        RelayLimits limits = limits(settings);
        List<TargetLink> links = new TreeMap<>(settings.targets())
                .entrySet().stream()
                        .map(entry -> RelayTarget.of(entry.getKey(), entry.getValue()))
                        .map(target -> new TargetLink(
                                target,
                                store,
                                new FileRelayMemory(data.resolve(FOLDER).resolve(target.name())),
                                limits,
                                softwareVersion))
                        .toList();
        links.forEach(TargetLink::start);
        return new Relays(links);
    }

    private static RelayLimits limits(RelaySettings settings) {
        try {
            long bytes = DataSize.parse(settings.unackedLimit()).bytes();
            return new RelayLimits(
                    bytes, RelayLimits.DEFAULT.turnBytes(), RelayLimits.DEFAULT.turn(), RelayLimits.DEFAULT.behind());
        } catch (IllegalArgumentException malformed) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "holdfast.relay.unacked-limit: " + malformed.getMessage(),
                    malformed);
        }
    }

    public List<TargetStatus> status() {
        return links.stream()
                .map(link -> {
                    TargetLink.Snapshot now = link.snapshot();
                    return new TargetStatus(
                            link.target().name(),
                            link.target().routers().stream()
                                    .map(RelayTarget.Address::toString)
                                    .toList(),
                            link.target().identity().agent().toString(),
                            now.connected(),
                            now.lastError(),
                            now.groups(),
                            now.missing());
                })
                .toList();
    }

    @Override
    public void close() {
        links.forEach(TargetLink::close);
    }
}
