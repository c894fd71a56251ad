package io.holdfast.recoveryplan.adapter.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.run.FailoverRules.CommitPolicy;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunOrder;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("An order of a run")
class RunRequestTest {
    private static final RunRequest.Recovered EVERYTHING = new RunRequest.Recovered(
            new Plan(PlanId.random(), 1, Samples.poweredShop(), Samples.NOON, Samples.NOON, "olga"),
            Samples.poweredRun(Optional.empty()).order().vms(),
            Optional.empty());

    private static RunRequest request(
            String mode, Duration expiresAfter, String commitPolicy, Map<String, String> attach) {
        return new RunRequest(mode, null, expiresAfter, commitPolicy, null, null, null, null, null, attach);
    }

    private static RunOrder ordered(RunRequest request) {
        Run run = request.order(EVERYTHING, "rita", Samples.NOON);
        return run.order();
    }

    @Test
    void ofAMoveCommitsAsSoonAsItIsReady() {
        RunOrder move = ordered(request("MOVE", null, null, null));

        assertThat(move.failover().orElseThrow().commitPolicy()).isEqualTo(CommitPolicy.COMMIT);
        assertThat(move.failover().orElseThrow().actsAt(Samples.NOON)).contains(Samples.NOON);
        assertThat(move.failover().orElseThrow().shutdown()).isPresent();
    }

    @Test
    void ofACloneAttachesTheNetworksThatItNamesAndIsolatesTheRest() {
        RunOrder clone = ordered(request("CLONE", null, null, Map.of("dmz", "office-2")));

        assertThat(clone.expiresAt()).isEmpty();
        assertThat(clone.failover()).isEmpty();
        assertThat(clone.plan().groups()).extracting(RecoveryGroup::machines).allSatisfy(rules -> assertThat(
                        rules.test())
                .containsEntry("dmz", new NetworkTarget.Host("office-2"))
                .containsEntry("lan", new NetworkTarget.Isolated("lan")));
    }

    @ParameterizedTest(name = "of mode {0} does not take {1}")
    @CsvSource({"MOVE, commitPolicy", "CLONE, commitPolicy", "CLONE, expiresAfter", "MOVE, attach", "TEST, attach"})
    void doesNotTakeWhatIsNotOfItsMode(String mode, String field) {
        RunRequest request = request(
                mode,
                field.equals("expiresAfter") ? Duration.ofHours(1) : null,
                field.equals("commitPolicy") ? "NONE" : null,
                field.equals("attach") ? Map.of("lan", "dmz") : null);

        assertThatThrownBy(() -> ordered(request))
                .isInstanceOf(HoldfastException.class)
                .hasMessageContaining(field);
    }
}
