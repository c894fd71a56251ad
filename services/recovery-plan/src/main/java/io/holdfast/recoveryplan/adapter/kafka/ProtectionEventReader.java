package io.holdfast.recoveryplan.adapter.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.db.ConsumedPositions;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ReaderSettings;
import io.holdfast.platform.kafka.Received;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.kafka.TopicReader;
import io.holdfast.proto.v1.ProtectionEvent;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Learns from topic {@code protection-events} which protection groups there are. Preflights, orders of machines and PLANNED runs use it. */
@Singleton
public class ProtectionEventReader {
    private static final String NAME = "recovery-plan.protection-events";

    private final TopicReader<ProtectionEvent> reader;
    private final ProtectedGroups groups;

    @Inject
    public ProtectionEventReader(HoldfastKafka kafka, ConsumedPositions consumed, ProtectedGroups groups) {
        this.groups = groups;
        this.reader = kafka.reader(
                ReaderSettings.of(NAME, Topic.PROTECTION_EVENTS, consumed.start(NAME))
                        .withoutGatingReadiness(),
                ProtectionEvent.parser(),
                consumed.handler(NAME, this::learn));
    }

    void start(@Observes StartupEvent event) {
        reader.start();
    }

    void stop(@Observes ShutdownEvent event) {
        reader.close();
    }

    private void learn(Received<ProtectionEvent> record) {
        if (record.message().isEmpty()) {
            groups.forget(PgId.parse(record.key()));
            return;
        }
        ProtectionEvent event = record.message().get();
        if (event.getLifecycle().isBlank()) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST, "a protection event without lifecycle, at " + record.position());
        }
        groups.learn(new ProtectedGroup(
                PgId.parse(event.getPgId()),
                event.getName(),
                event.getLifecycle(),
                event.getRevision(),
                event.getMembersList().stream()
                        .map(member -> new ProtectedGroup.Vm(
                                VmId.parse(member.getVmId()),
                                member.getVmName(),
                                member.getAgentId().isEmpty()
                                        ? Optional.empty()
                                        : Optional.of(AgentId.parse(member.getAgentId()))))
                        .toList()));
    }
}
