package io.holdfast.inventory.adapter.kafka;

import io.holdfast.inventory.mirror.GroupBoard;
import io.holdfast.inventory.mirror.Health;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.proto.v1.Condition;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.ProtectionEvent;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Reads what this site tells its peers of its groups; keeps nothing but the board. */
@Singleton
public class GroupEvents {
    private static final String REMOVED = "REMOVED";

    private final GroupBoard board;

    public GroupEvents(GroupBoard board) {
        this.board = board;
    }

    public void takeGroup(Received<ProtectionEvent> record) {
        PgId group = PgId.parse(record.key());
        Optional<ProtectionEvent> event =
                record.message().filter(known -> !known.getLifecycle().equals(REMOVED));
        if (event.isEmpty()) {
            board.gone(group);
            return;
        }
        board.seen(new GroupBoard.Seen(
                group,
                event.get().getName(),
                event.get().getLifecycle(),
                health(event.get()),
                event.get().getMembersList().stream().map(GroupEvents::member).toList()));
    }

    public void takeJournal(Received<JournalEvent> record) {
        record.message()
                .filter(JournalEvent::hasStatus)
                .map(JournalEvent::getStatus)
                .ifPresent(status -> board.journal(
                        PgId.parse(record.key()),
                        status.getNewestCheckpointId().isEmpty()
                                ? Optional.empty()
                                : Optional.of(Wire.instant(
                                        "newest_checkpoint_cut_at_micros", status.getNewestCheckpointCutAtMicros()))));
    }

    private static GroupBoard.Member member(Member member) {
        return new GroupBoard.Member(
                VmId.parse(member.getVmId()),
                member.getVmName(),
                member.getOwnership().getEpoch(),
                member.getOwnership().getOwner());
    }

    /** The worst of the conditions that do not hold; one that nobody knows of counts as not known at least. */
    private static Health health(ProtectionEvent event) {
        return event.getConditionsList().stream()
                .filter(condition -> !condition.getStatus().equals("TRUE"))
                .map(GroupEvents::health)
                .reduce(Health.OK, (one, other) -> one.compareTo(other) >= 0 ? one : other);
    }

    private static Health health(Condition condition) {
        return switch (condition.getSeverity()) {
            case "CRITICAL" -> Health.CRITICAL;
            case "WARNING" -> Health.WARNING;
            default -> condition.getStatus().equals("UNKNOWN") ? Health.UNKNOWN : Health.OK;
        };
    }
}
