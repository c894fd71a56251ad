package io.holdfast.protectiongroup.adapter.kafka;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.holdfast.platform.db.ConsumedPositions;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ReaderSettings;
import io.holdfast.platform.kafka.Received;
import io.holdfast.platform.kafka.RecordHandler;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.protectiongroup.adapter.runtime.EvaluationLoop;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.InventoryEvent;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.RecoveryEvent;
import io.holdfast.proto.v1.StreamStatus;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

/** Starts the five readers. Each record takes effect in one transaction with its position; then groups are looked at. */
@ApplicationScoped
public class Readers {
    private final HoldfastKafka kafka;
    private final ConsumedPositions positions;
    private final EvaluationLoop loop;

    @Inject
    public Readers(HoldfastKafka kafka, ConsumedPositions positions, EvaluationLoop loop) {
        this.kafka = kafka;
        this.positions = positions;
        this.loop = loop;
    }

    void start(
            @Observes StartupEvent started,
            InventoryEvents inventory,
            JournalEvents journals,
            StreamStatuses streams,
            AgentEvents agents,
            RecoveryEvents recoveries) {
        read(Topic.INVENTORY_EVENTS, InventoryEvent.parser(), inventory::take);
        read(Topic.JOURNAL_EVENTS, JournalEvent.parser(), journals::take);
        read(Topic.REPLICATION_STATUS, StreamStatus.parser(), streams::take);
        read(Topic.AGENT_EVENTS, AgentEvent.parser(), agents::take);
        read(Topic.RECOVERY_EVENTS, RecoveryEvent.parser(), recoveries::take);
    }

    private <M extends MessageLite> void read(Topic topic, Parser<M> parser, ConsumedPositions.Effect<M> effect) {
        String name = "protection-group." + topic.baseName();
        RecordHandler<M> handler = new ThenEvaluate<>(positions.handler(name, effect), loop);
        kafka.reader(ReaderSettings.of(name, topic, positions.start(name)), parser, handler)
                .start();
    }

    /** Wakes the evaluation after the commit: before it there would be nothing to see. */
    private record ThenEvaluate<M>(RecordHandler<M> handler, EvaluationLoop loop) implements RecordHandler<M> {
        @Override
        public void handle(Received<M> record) throws Exception {
            handler.handle(record);
            loop.heard();
        }

        @Override
        public void deadLettered(Received<M> record) throws Exception {
            handler.deadLettered(record);
        }

        @Override
        public void positionLost(Topic topic, int partition, long wanted, long earliest) throws Exception {
            handler.positionLost(topic, partition, wanted, earliest);
        }
    }
}
