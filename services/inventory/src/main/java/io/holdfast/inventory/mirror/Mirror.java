package io.holdfast.inventory.mirror;

import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * What is known here of another site.
 *
 * @param status as it was last told; its lists are those of {@link #held}
 * @param told the position that the other site named last. What is held may lag behind it while a list is still to come
 * @param run of the exchange that was taken last, with {@code call}
 * @param toldAt the other site's clock at that exchange
 * @param contactAt our clock at that exchange
 * @param broken the last time that the other site's database turned out to be another
 */
public record Mirror(
        SiteId site,
        SiteStatus status,
        StatusPosition told,
        UUID run,
        long call,
        Instant toldAt,
        Instant contactAt,
        Optional<Break> broken) {
    public Mirror {
        Objects.requireNonNull(site, "site");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(told, "told");
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(toldAt, "toldAt");
        Objects.requireNonNull(contactAt, "contactAt");
        Objects.requireNonNull(broken, "broken");
    }

    /** What this site holds of it, for the other to compare with what it is. */
    public StatusPosition held() {
        return new StatusPosition(told.incarnation(), furthest(), status.digest());
    }

    /** The highest sequence that was ever seen of this incarnation: until the other site has gone past it, it has to hear that it had been there. */
    private long furthest() {
        return broken.filter(found -> found.kind() == Break.Kind.REWOUND)
                .map(found -> Math.max(found.from(), told.sequence()))
                .orElse(told.sequence());
    }

    /**
     * What is known when the other site has spoken.
     *
     * @param before what was known; empty = nothing
     * @throws HoldfastException {@code PEER_CALL_LATE}, or {@code INVALID_REQUEST} for lists that are not what their digests say; nothing is known otherwise then
     */
    static Mirror heard(SiteId site, Optional<Mirror> before, Exchange exchange, Instant now) {
        before.filter(known -> exchange.run().equals(known.run()) && exchange.call() <= known.call())
                .ifPresent(_ -> {
                    throw new HoldfastException(PairingError.PEER_CALL_LATE, "a later call has come before this one");
                });
        List<GroupStatus> groups = exchange.groups()
                .orElseGet(() -> before.map(known -> known.status().groups()).orElse(List.of()));
        List<VmStatus> vms = exchange.vms()
                .orElseGet(() -> before.map(known -> known.status().vms()).orElse(List.of()));
        requireFit(exchange, groups, vms);
        return new Mirror(
                site,
                new SiteStatus(exchange.summary(), groups, vms),
                exchange.position(),
                exchange.run(),
                exchange.call(),
                exchange.at(),
                now,
                before.flatMap(known -> Break.between(known.furthestTold(), exchange.position(), now))
                        .or(() -> before.flatMap(Mirror::broken)));
    }

    private StatusPosition furthestTold() {
        return new StatusPosition(told.incarnation(), furthest(), told.digest());
    }

    /** A list that came is the one that was announced. One that was left out is checked by {@link #held}. */
    private static void requireFit(Exchange exchange, List<GroupStatus> groups, List<VmStatus> vms) {
        StatusDigest announced = exchange.position().digest();
        boolean groupsFit =
                exchange.groups().isEmpty() || StatusDigest.ofGroups(groups).equals(announced.groups());
        boolean vmsFit = exchange.vms().isEmpty() || StatusDigest.ofVms(vms).equals(announced.vms());
        if (!groupsFit || !vmsFit) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST, "a list does not have the digest that came with it");
        }
    }

    /** How long nothing has been heard. */
    public Duration age(Instant now) {
        return positive(Duration.between(contactAt, now));
    }

    /** As of now: what the other site's clock said, and all the time since by ours. Never shorter than the truth because of clocks that differ. */
    public Optional<Duration> rpo(GroupStatus group, Instant now) {
        return group.newestCheckpoint()
                .map(cut -> positive(Duration.between(cut, toldAt)).plus(age(now)));
    }

    private static Duration positive(Duration time) {
        return time.isNegative() ? Duration.ZERO : time;
    }
}
