package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.adapter.json.StatusJson;
import io.holdfast.inventory.mirror.Exchange;
import io.holdfast.inventory.mirror.Health;
import io.holdfast.inventory.mirror.SiteStatus;
import io.holdfast.inventory.mirror.StatusDigest;
import io.holdfast.inventory.mirror.StatusPosition;
import io.holdfast.kernel.error.HoldfastException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The exchange of docs/pairing.md, "Mirrored status", as JSON. */
final class StatusWire {
    private StatusWire() {}

    record Position(String incarnation, long sequence, String groupsDigest, String vmsDigest) {
        static Position of(StatusPosition position) {
            return new Position(
                    position.incarnation().toString(),
                    position.sequence(),
                    position.digest().groups(),
                    position.digest().vms());
        }

        StatusPosition read() {
            return new StatusPosition(
                    UUID.fromString(incarnation), sequence, new StatusDigest(groupsDigest, vmsDigest));
        }
    }

    record Summary(String name, String health, long omittedGroups, long omittedVms) {}

    record Message(
            String run,
            long call,
            long atMicros,
            Position position,
            Summary site,
            List<StatusJson.Group> groups,
            List<StatusJson.Vm> vms,
            Position known) {}

    static Message form(Exchange exchange) {
        SiteStatus.Summary summary = exchange.summary();
        return new Message(
                exchange.run().toString(),
                exchange.call(),
                ChronoUnit.MICROS.between(Instant.EPOCH, exchange.at()),
                Position.of(exchange.position()),
                new Summary(summary.name(), summary.health().name(), summary.omittedGroups(), summary.omittedVms()),
                exchange.groups().map(StatusJson::ofGroups).orElse(null),
                exchange.vms().map(StatusJson::ofVms).orElse(null),
                exchange.known().map(Position::of).orElse(null));
    }

    static byte[] write(Exchange exchange) {
        return PeerWire.write(form(exchange));
    }

    /** @throws HoldfastException {@code INVALID_REQUEST} */
    static Exchange request(byte[] body) {
        return read(PeerWire.request(body, Message.class));
    }

    /** @throws HoldfastException {@code PEER_ANSWER_INVALID} */
    static Exchange answer(byte[] body) {
        Message message = PeerWire.answer(body, Message.class);
        try {
            return read(message);
        } catch (HoldfastException foreign) {
            throw PeerWire.invalid(foreign.getMessage(), foreign);
        }
    }

    private static Exchange read(Message message) {
        try {
            return new Exchange(
                    UUID.fromString(message.run()),
                    message.call(),
                    Instant.EPOCH.plus(message.atMicros(), ChronoUnit.MICROS),
                    message.position().read(),
                    new SiteStatus.Summary(
                            StatusJson.text(message.site().name()),
                            Health.valueOf(message.site().health()),
                            notNegative(message.site().omittedGroups()),
                            notNegative(message.site().omittedVms())),
                    Optional.ofNullable(message.groups()).map(StatusJson::groups),
                    Optional.ofNullable(message.vms()).map(StatusJson::vms),
                    Optional.ofNullable(message.known()).map(Position::read));
        } catch (IllegalArgumentException | NullPointerException | DateTimeException malformed) {
            throw PeerWire.refused(malformed);
        }
    }

    private static long notNegative(long count) {
        if (count < 0) {
            throw PeerWire.refused(null);
        }
        return count;
    }
}
