package io.holdfast.recoveryplan.adapter.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.recoveryplan.execution.SourceOrders.Answer;
import io.holdfast.recoveryplan.ownership.FenceWord;
import io.holdfast.recoveryplan.ownership.Unsent;
import io.holdfast.recoveryplan.support.Samples;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.transaction.UserTransaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@ServiceUnderTest
@DisplayName("On the real database, a VM of a source")
class SourcesOnTheDatabaseTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration GRACE = Duration.ofSeconds(20);

    @Inject
    SqlSourceOrders orders;

    @Inject
    SqlHostRegister register;

    @Inject
    SqlFences fences;

    @Inject
    EntityManager entities;

    @Inject
    UserTransaction transaction;

    @ConfigProperty(name = "holdfast.kafka.topic-prefix")
    String topicPrefix;

    private final AgentId agent = AgentId.random();
    private final VmId vm = VmId.random();
    private final UUID order = UUID.randomUUID();

    @Test
    void isOrderedToShutDownOnceAndItsAnswerStays() {
        assertThat(shutDown()).isEmpty();
        assertThat(shutDown()).as("still no answer").isEmpty();
        AgentCommand command = commands(1).getFirst();
        assertThat(command.getShutDownVm().getVmId()).isEqualTo(vm.toString());
        assertThat(command.getShutDownVm().getGraceMs()).isEqualTo(20_000);

        register.answered(CommandId.parse(command.getCommandId()), true, "", "");

        assertThat(shutDown()).contains(new Answer(true, "", ""));
        assertThat(shutDown()).contains(new Answer(true, "", ""));
        assertThat(commands(1)).as("not sent a second time").hasSize(1);
    }

    @Test
    void isOrderedAnewWhenItsAgentWasAwayAndKeepsAnyOtherRefusal() {
        shutDown();
        answer(commands(1).getFirst(), "COMMAND_EXPIRED");
        assertThat(shutDown()).isEmpty();
        AgentCommand second = commands(2).getLast();

        answer(second, "SHUTDOWN_TIMED_OUT");

        assertThat(shutDown()).contains(new Answer(false, "SHUTDOWN_TIMED_OUT", "no"));
        assertThat(commands(2)).hasSize(2);
    }

    /** An agent that was restarted has forgotten the order. */
    @Test
    void isOrderedAnewWhenNoAnswerCanComeAnyMore() throws Exception {
        shutDown();
        commands(1);
        transaction.begin();
        entities.createNativeQuery(
                        "UPDATE machine_commands SET sent_at = sent_at - interval '10 minutes' WHERE machine_id = :order")
                .setParameter("order", order)
                .executeUpdate();
        transaction.commit();

        shutDown();
        shutDown();

        assertThat(commands(2))
                .hasSize(2)
                .extracting(AgentCommand::getCommandId)
                .doesNotHaveDuplicates();
    }

    @Test
    void isFencedAsItsAgentSaysLast() {
        AgentId other = AgentId.random();
        FenceWord fencing = word(agent, vm, 4, FenceWord.State.FENCING);
        FenceWord fenced = new FenceWord(
                agent,
                vm,
                4,
                FenceWord.State.FENCED,
                Samples.NOON,
                "",
                "",
                List.of(
                        new Unsent(VolumeId.random(), List.of(new Unsent.Range(65536, 4096))),
                        new Unsent(VolumeId.random(), List.of())));
        FenceWord elsewhere = word(other, vm, 3, FenceWord.State.SERVED);
        fences.reported(agent, List.of(fencing, word(agent, VmId.random(), 1, FenceWord.State.SERVED)), Samples.NOON);
        fences.reported(other, List.of(elsewhere), Samples.NOON);
        assertThat(fences.about(List.of(vm))).containsExactlyInAnyOrder(fencing, elsewhere);

        fences.reported(agent, List.of(fenced), Samples.NOON.plusSeconds(1));
        assertThat(fences.about(List.of(vm))).containsExactlyInAnyOrder(fenced, elsewhere);

        fences.reported(agent, List.of(), Samples.NOON.plusSeconds(2));
        assertThat(fences.about(List.of(vm))).containsExactly(elsewhere);
        assertThat(fences.about(List.of())).isEmpty();
    }

    private static FenceWord word(AgentId agent, VmId vm, long epoch, FenceWord.State state) {
        return new FenceWord(agent, vm, epoch, state, Samples.NOON, "", "");
    }

    private Optional<Answer> shutDown() {
        return orders.shutDown(order, agent, vm, GRACE);
    }

    private void answer(AgentCommand command, String code) {
        register.answered(CommandId.parse(command.getCommandId()), false, code, "no");
    }

    /** Orders to this test's agent, when there are so many. */
    private List<AgentCommand> commands(int count) {
        List<AgentCommand> ours = new ArrayList<>();
        Eventually.await(count + " orders are in Kafka", LONG, () -> {
            ours.clear();
            for (var record : KafkaFixture.shared().readAll(topicPrefix + "agent-commands")) {
                AgentCommand command = AgentCommand.parseFrom(record.value());
                if (command.getAgentId().equals(agent.toString())) {
                    ours.add(command);
                }
            }
            return ours.size() >= count;
        });
        return List.copyOf(ours);
    }
}
