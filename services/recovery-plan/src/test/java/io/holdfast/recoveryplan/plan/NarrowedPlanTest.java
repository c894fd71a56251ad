package io.holdfast.recoveryplan.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A plan that is narrowed")
class NarrowedPlanTest {
    private static final Readiness NONE = new Readiness.None();

    @Test
    void keepsOnlyWhatIsKeptOfAGroup() {
        PlanDefinition narrowed = NarrowedPlan.of(Samples.shop(), Set.of(Samples.APP_2, Samples.DB));

        assertThat(narrowed.pgIds()).containsExactlyInAnyOrder(Samples.APP_2, Samples.DB);
        assertThat(narrowed.groups())
                .filteredOn(group -> group.name().equals("app"))
                .singleElement()
                .satisfies(app -> assertThat(app.dependsOn()).containsExactly("db"));
    }

    @Test
    void dependsOnWhatALeftOutGroupDependedOn() {
        PlanDefinition chain = new PlanDefinition(
                "chain",
                List.of(
                        new RecoveryGroup("web", List.of(Samples.APP_2), List.of("app"), Duration.ZERO, NONE),
                        new RecoveryGroup("app", List.of(Samples.APP_1), List.of("cache"), Duration.ZERO, NONE),
                        new RecoveryGroup("cache", List.of(Samples.CACHE), List.of("db"), Duration.ZERO, NONE),
                        new RecoveryGroup("db", List.of(Samples.DB), List.of(), Duration.ZERO, NONE)));

        PlanDefinition narrowed = NarrowedPlan.of(chain, Set.of(Samples.APP_2, Samples.DB));

        assertThat(GroupOrder.inOrder(narrowed.groups()))
                .extracting(RecoveryGroup::name)
                .containsExactly("db", "web");
        assertThat(narrowed.groups().getLast().dependsOn()).containsExactly("db");
    }

    @Test
    void isThePlanWhenEverythingIsKept() {
        PlanDefinition narrowed = NarrowedPlan.of(
                Samples.poweredShop(), Set.copyOf(Samples.poweredShop().pgIds()));

        assertThat(narrowed.groups())
                .containsExactlyInAnyOrderElementsOf(Samples.poweredShop().groups());
    }
}
