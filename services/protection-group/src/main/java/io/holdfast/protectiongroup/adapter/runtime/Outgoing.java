package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.db.Outbox;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.protectiongroup.adapter.wire.Told;
import io.holdfast.protectiongroup.checkpoint.CheckpointRequest;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.health.Condition;
import io.holdfast.protectiongroup.policy.PolicyContent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;

/** What this service tells others. Every message goes through the outbox, in the transaction of the change it tells of. */
@ApplicationScoped
public class Outgoing {
    private final Outbox outbox;
    private final Limits limits;

    @Inject
    public Outgoing(Outbox outbox, Limits limits) {
        this.outbox = outbox;
        this.limits = limits;
    }

    void policy(PgId group, PolicyContent content, long revision) {
        outbox.add(Topic.POLICIES, group.toString(), Told.policy(group, content, revision, limits.codec()));
    }

    void protection(
            ProtectionGroup group, String shownLifecycle, List<Condition> conditions, long revision, Instant now) {
        outbox.add(
                Topic.PROTECTION_EVENTS,
                group.id().toString(),
                Told.protection(group, shownLifecycle, conditions, revision, now));
    }

    void cut(CheckpointRequest request, AgentId agent) {
        outbox.add(Topic.AGENT_COMMANDS, agent.toString(), Told.cut(request, agent));
    }

    void deleteJournal(PgId group, CommandId command, Instant now) {
        outbox.add(Topic.JOURNAL_COMMANDS, group.toString(), Told.deleteJournal(group, command, now));
    }
}
