package io.holdfast.recoveryplan.adapter.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.recoveryplan.execution.MachineOrders.Stopped;
import io.holdfast.recoveryplan.machine.MachineError;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.machine.MachineOrder;
import io.holdfast.recoveryplan.machine.MachineWord;
import io.holdfast.recoveryplan.machine.Placement;
import io.holdfast.recoveryplan.support.Samples;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@ServiceUnderTest
@DisplayName("On the real database, a machine")
class MachineOrdersOnTheDatabaseTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @Inject
    SqlMachineOrders orders;

    @Inject
    SqlHostRegister register;

    @ConfigProperty(name = "holdfast.kafka.topic-prefix")
    String topicPrefix;

    private final AgentId agent = AgentId.random();
    private final RunId run = RunId.random();
    private final UUID machine = UUID.randomUUID();

    @Test
    void thatWasOrderedToStopIsNeverStartedByAnOrderThatComesLate() {
        assertThat(orders.stop(run, agent, machine, UUID.randomUUID(), Duration.ZERO))
                .isEqualTo(Stopped.NEVER_ORDERED);

        assertThatThrownBy(() -> orders.start(order(), UUID.randomUUID()))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(MachineError.MACHINE_STOP_ORDERED));
        // A later order shows that the topic has been written up to here.
        UUID other = UUID.randomUUID();
        orders.start(order(other), UUID.randomUUID());
        Eventually.await(
                "the other machine's order is in Kafka", LONG, () -> commands().size() == 1);
        assertThat(commands().getFirst().getStartMachine().getMachineId()).isEqualTo(other.toString());
    }

    @Test
    void isGoneWhenTheAgentHasAgreedAndDoesNotReportItAnyMore() {
        orders.start(order(), UUID.randomUUID());
        register.report(agent, Map.of(machine, running()), Instant.now());
        assertThat(orders.start(order(), UUID.randomUUID())).isEqualTo(running());
        UUID stop = UUID.randomUUID();
        assertThat(orders.stop(run, agent, machine, stop, Duration.ZERO)).isEqualTo(Stopped.NOT_YET);
        register.answered(new CommandId(stop), true, "", "");
        assertThat(orders.stop(run, agent, machine, UUID.randomUUID(), Duration.ZERO))
                .as("it is still reported")
                .isEqualTo(Stopped.NOT_YET);

        register.report(agent, Map.of(), Instant.now());

        assertThat(orders.stop(run, agent, machine, UUID.randomUUID(), Duration.ZERO))
                .as("the answer to the first order came after its attempt")
                .isEqualTo(Stopped.GONE);
        assertThat(orders.look(agent, machine)).isEqualTo(new MachineWord.Silence());
    }

    @Test
    void isNotGoneForWantOfAReport() {
        orders.start(order(), UUID.randomUUID());

        assertThat(orders.stop(run, agent, machine, UUID.randomUUID(), Duration.ZERO))
                .as("nobody has agreed")
                .isEqualTo(Stopped.NOT_YET);
    }

    @Test
    void thatIsRefusedStaysSoAndOneWhoseOrderExpiredDoesNot() {
        UUID first = UUID.randomUUID();
        orders.start(order(), first);
        register.answered(new CommandId(first), false, "COMMAND_EXPIRED", "nobody came");
        UUID second = UUID.randomUUID();
        assertThat(orders.start(order(), second)).as("sent again").isEqualTo(new MachineWord.Silence());

        register.answered(new CommandId(second), false, "NETWORK_UNKNOWN", "no lan");

        assertThat(orders.start(order(), UUID.randomUUID()))
                .isEqualTo(new MachineWord.Refused("NETWORK_UNKNOWN", "no lan"));
        Eventually.await("both orders are in Kafka", LONG, () -> commands().size() >= 2);
        assertThat(commands()).as("not sent a third time").hasSize(2);
    }

    @Test
    void ofAnotherAgentIsNotTouchedByAReport() {
        register.report(agent, Map.of(machine, running()), Instant.now());

        register.report(AgentId.random(), Map.of(), Instant.now());

        assertThat(orders.look(agent, machine)).isEqualTo(running());
    }

    @Test
    void hasHostsAsTheInventoryToldThemLast() {
        HostId host = HostId.random();
        register.learn(new MachineHost(host, "new", agent, true, true, 0, Set.of("lan")), 100, 40, 2);
        register.learn(new MachineHost(host, "old", agent, false, false, 0, Set.of()), 100, 0, 1);

        assertThat(hosts(host)).containsExactly(new MachineHost(host, "new", agent, true, true, 60, Set.of("lan")));
        register.forget(host);
        assertThat(hosts(host)).isEmpty();
    }

    private List<MachineHost> hosts(HostId id) {
        return register.all().stream().filter(host -> host.id().equals(id)).toList();
    }

    private static MachineWord.Reported running() {
        return new MachineWord.Reported(
                MachineWord.State.RUNNING, Samples.NOON, "", "", Optional.of(Samples.NOON.plusSeconds(1)), "login:");
    }

    private MachineOrder order() {
        return order(machine);
    }

    private MachineOrder order(UUID id) {
        var known = Samples.machines(Samples.DB).getFirst();
        return new MachineOrder(
                id,
                run,
                new Placement(known, HostId.random(), "host", agent),
                Map.of(Samples.volume(Samples.DB), "nbd://127.0.0.1:10809/x"),
                Map.of(),
                List.of(),
                Optional.empty());
    }

    /** Orders to this test's agent. */
    private List<AgentCommand> commands() {
        List<AgentCommand> ours = new ArrayList<>();
        for (var record : KafkaFixture.shared().readAll(topicPrefix + "agent-commands")) {
            try {
                AgentCommand command = AgentCommand.parseFrom(record.value());
                if (command.getAgentId().equals(agent.toString())) {
                    ours.add(command);
                }
            } catch (com.google.protobuf.InvalidProtocolBufferException malformed) {
                throw new AssertionError("a command that is none", malformed);
            }
        }
        return ours;
    }
}
