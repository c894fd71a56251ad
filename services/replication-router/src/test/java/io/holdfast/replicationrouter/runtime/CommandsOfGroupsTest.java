package io.holdfast.replicationrouter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.CutCheckpoint;
import io.holdfast.replicationrouter.lease.Ownership;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Commands about groups while ownership and policies move. */
class CommandsOfGroupsTest {
    private final RouterWorld world = new RouterWorld();
    private final RouterWorld.Agent agent = world.newAgent();

    @Test
    void aRequestOfAGroupThatIsRemovedIsAnswered() {
        CommandId id = cut();

        world.router().policy(RouterWorld.removed(agent.policy()));
        world.pass(Duration.ofMillis(100));

        assertThat(answers(id)).extracting(CommandResult::getErrorCode).containsExactly("PG_UNKNOWN");
    }

    @Test
    void aRequestOfAGroupThatMovesToAnotherRouterIsLeftToItsNewOwner() {
        CommandId id = cut();

        world.router().ownership(new Ownership(Set.of(3), Map.of(0, "other:1")));
        world.pass(Duration.ofMillis(100));
        assertThat(answers(id)).isEmpty();

        world.router().ownership(new Ownership(Set.of(0, 3), Map.of()));
        world.pass(Duration.ofMinutes(2));
        assertThat(answers(id)).extracting(CommandResult::getErrorCode).containsExactly("COMMAND_EXPIRED");
    }

    @Test
    void losingAnotherPartitionDoesNotOrderACutTwice() {
        world.router().ownership(new Ownership(Set.of(0, 1), Map.of()));
        agent.connect();
        agent.write(3);
        agent.sendBatch(3);
        agent.beat();
        CommandId id = cut();

        world.router().ownership(new Ownership(Set.of(0), Map.of(1, "other:1")));
        for (int i = 0; i < 20; i++) {
            world.pass(Duration.ofMillis(100));
            agent.sendBatch(10);
            world.confirm(100);
        }

        assertThat(answers(id)).extracting(CommandResult::getOk).containsExactly(true);
        assertThat(world.kafka.stream()
                        .filter(record -> record.hasCheckpoint()
                                && record.getCheckpoint().getName().equals("n")))
                .hasSize(1);
    }

    @Test
    void anUnknownGroupIsAnsweredAsSuch() {
        CommandId id = CommandId.random();
        world.router().command(command(id, io.holdfast.kernel.id.PgId.random().toString()));
        assertThat(answers(id)).extracting(CommandResult::getErrorCode).containsExactly("PG_UNKNOWN");
    }

    private CommandId cut() {
        CommandId id = CommandId.random();
        world.router().command(command(id, agent.pg.toString()));
        return id;
    }

    private AgentCommand command(CommandId id, String pg) {
        return AgentCommand.newBuilder()
                .setCommandId(id.toString())
                .setAgentId(agent.id.toString())
                .setExpiresAtMicros(Duration.ofMinutes(1).toNanos() / 1000)
                .setCutCheckpoint(CutCheckpoint.newBuilder()
                        .setPgId(pg)
                        .setCheckpointId(CheckpointId.random().toString())
                        .setName("n"))
                .build();
    }

    private List<CommandResult> answers(CommandId id) {
        return world.events.stream()
                .filter(AgentEvent::hasCommandResult)
                .map(AgentEvent::getCommandResult)
                .filter(result -> result.getCommandId().equals(id.toString()))
                .toList();
    }
}
