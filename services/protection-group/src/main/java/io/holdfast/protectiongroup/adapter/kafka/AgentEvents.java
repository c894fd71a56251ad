package io.holdfast.protectiongroup.adapter.kafka;

import io.holdfast.kernel.id.CommandId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.protectiongroup.adapter.persistence.CheckpointRequests;
import io.holdfast.protectiongroup.adapter.wire.Heard;
import io.holdfast.proto.v1.AgentEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;

/** Answers of routers to our orders. Everything else on the topic is the inventory's business. */
@ApplicationScoped
public class AgentEvents {
    private final CheckpointRequests requests;
    private final Clock clock;

    @Inject
    public AgentEvents(CheckpointRequests requests, Clock clock) {
        this.requests = requests;
        this.clock = clock;
    }

    void take(Received<AgentEvent> record) {
        if (record.message().filter(AgentEvent::hasCommandResult).isEmpty()) {
            return;
        }
        var result = record.message().get().getCommandResult();
        requests.lock(CommandId.parse(result.getCommandId()))
                .map(request -> result.getOk()
                        ? request.cut(clock.instant())
                        : request.failed(Heard.cut(result.getErrorCode()), Heard.cut(result.getMessage())))
                .ifPresent(requests::update);
    }
}
