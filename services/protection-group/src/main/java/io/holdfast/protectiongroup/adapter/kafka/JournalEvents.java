package io.holdfast.protectiongroup.adapter.kafka;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.protectiongroup.adapter.persistence.CheckpointRequests;
import io.holdfast.protectiongroup.adapter.persistence.DataPlaneStore;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.runtime.GroupKeeper;
import io.holdfast.protectiongroup.adapter.wire.Heard;
import io.holdfast.protectiongroup.adapter.wire.Micros;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.lifecycle.Removal;
import io.holdfast.proto.v1.JournalCommandResult;
import io.holdfast.proto.v1.JournalEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What journals say: their state, new checkpoints, and how deletions end. Journals of groups that are not ours are left alone. */
@ApplicationScoped
public class JournalEvents {
    /** A deletion that finds nothing has reached its end. */
    private static final String NOTHING_THERE = "JOURNAL_NOT_FOUND";

    private final GroupStore groups;
    private final DataPlaneStore dataPlanes;
    private final CheckpointRequests requests;
    private final GroupKeeper keeper;
    private final Clock clock;

    @Inject
    public JournalEvents(
            GroupStore groups,
            DataPlaneStore dataPlanes,
            CheckpointRequests requests,
            GroupKeeper keeper,
            Clock clock) {
        this.groups = groups;
        this.dataPlanes = dataPlanes;
        this.requests = requests;
        this.keeper = keeper;
        this.clock = clock;
    }

    void take(Received<JournalEvent> record) {
        if (record.message().isEmpty()) {
            return;
        }
        JournalEvent event = record.message().get();
        PgId group = PgId.parse(event.getPgId());
        if (!groups.exists(group)) {
            return;
        }
        switch (event.getEventCase()) {
            case STATUS -> {
                JournalWord read = Heard.journal(event, clock.instant());
                dataPlanes.hearJournal(group, held -> Optional.of(JournalWord.after(held, read)));
            }
            case CHECKPOINT -> listed(group, event);
            case DELETED -> removal(group, any -> new Removal.JournalDeleted(clock.instant()));
            case COMMAND_RESULT -> answered(group, event.getCommandResult());
            case EVENT_NOT_SET -> {}
        }
    }

    private void listed(PgId group, JournalEvent event) {
        var checkpoint = event.getCheckpoint();
        var cut = Heard.cut(checkpoint.getCheckpointId(), "cut_at_micros", checkpoint.getCutAtMicros());
        Instant saidAt = Micros.instant("at_micros", event.getAtMicros());
        dataPlanes.hearJournal(group, held -> held.map(word -> word.listed(cut, saidAt, clock.instant())));
        CheckpointId id = cut.checkpoint();
        requests.lock(id).ifPresent(request -> requests.update(request.listed(cut.cutAt(), checkpoint.getLsn())));
    }

    private void answered(PgId group, JournalCommandResult result) {
        removal(group, now -> {
            if (!(now instanceof Removal.Deleting deleting)
                    || !deleting.command().toString().equals(result.getCommandId())) {
                return now;
            }
            return result.getOk() || result.getErrorCode().equals(NOTHING_THERE)
                    ? new Removal.JournalDeleted(clock.instant())
                    : deleting.refused(
                            new Removal.Refusal(Heard.cut(result.getErrorCode()), Heard.cut(result.getMessage())));
        });
    }

    private void removal(PgId group, UnaryOperator<Removal> change) {
        Instant now = clock.instant();
        var before = groups.lock(group);
        if (before.group().lifecycle() instanceof Lifecycle.Removed removed) {
            var after = before.group().with(change.apply(removed.removal()));
            keeper.keep(before, after, keeper.dataPlane(group, now), now);
        }
    }
}
