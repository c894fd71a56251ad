package io.holdfast.replicationrouter.adapter.kafka;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.platform.kafka.RecordHandler;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.Policy;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.runtime.Router;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/**
 * Turns records into calls of the router, on its loop. Each record is done when the router has taken it, so what is read and
 * not handled stays within one fetch. What is no message of the contract is refused and becomes a dead letter.
 */
public final class TopicInlet {
    private final Router router;
    private final Executor loop;

    public TopicInlet(Router router, Executor loop) {
        this.router = router;
        this.loop = loop;
    }

    public RecordHandler<Policy> policies() {
        return record -> {
            if (record.message().isEmpty()) {
                PgId gone = PgId.parse(record.key());
                onLoop(() -> router.policyGone(gone));
            } else {
                GroupPolicy policy = PolicyMapper.read(record.message().get());
                onLoop(() -> router.policy(policy));
            }
        };
    }

    public RecordHandler<AgentCommand> commands() {
        return record -> {
            AgentCommand command = required(record);
            onLoop(() -> router.command(command));
        };
    }

    /** Only the answers are of interest: they say which commands are done. */
    public RecordHandler<AgentEvent> agentEvents() {
        return record -> {
            AgentEvent event = required(record);
            if (event.hasCommandResult()) {
                CommandId command = CommandId.parse(event.getCommandResult().getCommandId());
                onLoop(() -> router.commandAnswered(command));
            }
        };
    }

    public RecordHandler<JournalEvent> journalEvents() {
        return record -> {
            JournalEvent event = required(record);
            if (event.hasStatus()) {
                PgId pg = PgId.parse(event.getPgId());
                Map<AgentId, StreamPosition> applied =
                        positions(event.getStatus().getPositionsList());
                Map<AgentId, StreamPosition> useless =
                        positions(event.getStatus().getNeedsResetList());
                onLoop(() -> {
                    router.journalStatus(pg, applied, useless);
                    router.journalServed(
                            pg,
                            event.getStatus().getRestAddress(),
                            event.getStatus().getNeedsResendList());
                });
            }
        };
    }

    private void onLoop(Runnable step) throws InterruptedException {
        try {
            CompletableFuture.runAsync(step, loop).get();
        } catch (ExecutionException refused) {
            if (refused.getCause() instanceof HoldfastException ours) {
                throw ours;
            }
            throw new IllegalStateException(refused.getCause());
        }
    }

    private static <M> M required(Received<M> record) {
        return record.message()
                .orElseThrow(() -> new HoldfastException(
                        CommonError.INVALID_REQUEST, "record %s has no value".formatted(record.position())));
    }

    private static Map<AgentId, StreamPosition> positions(List<io.holdfast.proto.v1.StreamPosition> messages) {
        Map<AgentId, StreamPosition> positions = new HashMap<>();
        messages.forEach(message -> positions.put(
                AgentId.parse(message.getAgentId()),
                new StreamPosition(new Epoch(message.getEpoch()), new Seq(message.getSeq()))));
        return positions;
    }
}
