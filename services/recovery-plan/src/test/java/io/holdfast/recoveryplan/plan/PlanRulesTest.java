package io.holdfast.recoveryplan.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.recoveryplan.plan.PlanDraft.GroupDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.ReadinessDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A plan")
class PlanRulesTest {
    private static final String PG = "6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10";

    @Test
    void takesDefaultsForWhatIsNotGiven() {
        PlanDefinition plan = accepted(plan(group("db", List.of(PG), null)));

        assertThat(plan.groups().getFirst().bootDelay()).isEqualTo(Duration.ZERO);
        assertThat(plan.groups().getFirst().dependsOn()).isEmpty();
        assertThat(plan.groups().getFirst().readiness())
                .isEqualTo(new Readiness.NbdExport(PlanRules.DEFAULT_READINESS_TIMEOUT));
    }

    @ParameterizedTest(name = "{0} is refused at {2}")
    @MethodSource("brokenPlans")
    void isRefusedWithTheFieldAndTheReason(String what, PlanDraft draft, String field, String message) {
        assertThat(refused(draft)).as(what).anySatisfy(violation -> {
            assertThat(violation.field()).isEqualTo(field);
            assertThat(violation.message()).contains(message);
        });
    }

    static Stream<Arguments> brokenPlans() {
        return Stream.of(
                broken("no name", new PlanDraft(null, List.of(group("db"))), "name", "1 to 128"),
                broken("a blank name", new PlanDraft("  ", List.of(group("db"))), "name", "1 to 128"),
                broken("a name with a line break", new PlanDraft("a\nb", List.of(group("db"))), "name", "visible"),
                broken("a long name", new PlanDraft("x".repeat(129), List.of(group("db"))), "name", "1 to 128"),
                broken("missing groups", new PlanDraft("p", null), "groups", "1 to 64"),
                broken("no groups", new PlanDraft("p", List.of()), "groups", "1 to 64"),
                broken("65 groups", new PlanDraft("p", many(65)), "groups", "not 65"),
                broken("a null group", new PlanDraft("p", Arrays.asList((GroupDraft) null)), "groups[0]", "null"),
                broken(
                        "a group without protection groups",
                        plan(group("db", List.of(), null)),
                        "groups[0].pgIds",
                        "1 to 64"),
                broken("no id", plan(group("db", List.of("x"), null)), "groups[0].pgIds[0]", "'x' is not"),
                broken("a null id", plan(group("db", Arrays.asList(PG, null), null)), "groups[0].pgIds[1]", "not a"),
                broken(
                        "a null dependency",
                        plan(group("db", List.of(PG), Arrays.asList((String) null))),
                        "groups[0].dependsOn",
                        "by its name"),
                broken("two groups of one name", plan(group("db"), group("db")), "groups[1].name", "groups[0]"),
                broken(
                        "a protection group twice",
                        plan(group("a", List.of(PG), null), group("b", List.of(PG), null)),
                        "groups[1].pgIds",
                        "'a' already"),
                broken(
                        "an unknown dependency",
                        plan(group("a", List.of(PG), List.of("b"))),
                        "groups[0].dependsOn[0]",
                        "'b'"),
                broken(
                        "a repeated dependency",
                        plan(group("a"), group("b", List.of(PG), List.of("a", "a"))),
                        "groups[1].dependsOn",
                        "more than once"),
                broken(
                        "a group that waits for itself",
                        plan(group("a", List.of(PG), List.of("a"))),
                        "groups[0].dependsOn",
                        "a -> a"),
                broken("a negative delay", timed(Duration.ofSeconds(-1), null), "groups[0].bootDelay", "PT0S to PT1H"),
                broken(
                        "a long delay",
                        timed(Duration.ofHours(1).plusNanos(1), null),
                        "groups[0].bootDelay",
                        "PT0S to PT1H"),
                broken(
                        "a short timeout",
                        timed(null, new ReadinessDraft("NBD_EXPORT", Duration.ofMillis(999), null)),
                        "groups[0].readiness.timeout",
                        "PT1S to PT1H"),
                broken(
                        "a long timeout",
                        timed(null, new ReadinessDraft("NONE", Duration.ofHours(2), null)),
                        "groups[0].readiness.timeout",
                        "PT1S to PT1H"),
                broken(
                        "an unknown probe",
                        timed(null, new ReadinessDraft("TCP", null, null)),
                        "groups[0].readiness.type",
                        "NBD_EXPORT, MACHINES or NONE"),
                broken(
                        "a probe without type",
                        timed(null, new ReadinessDraft(null, null, null)),
                        "groups[0].readiness.type",
                        "NBD_EXPORT, MACHINES or NONE"));
    }

    @Test
    void namesEveryGroupOfACircle() {
        List<Violation> violations = refused(plan(
                group("alone"),
                group("web", List.of(uuid()), List.of("app")),
                group("app", List.of(uuid()), List.of("db", "alone")),
                group("db", List.of(uuid()), List.of("web"))));

        assertThat(violations)
                .containsExactly(new Violation(
                        "groups[1].dependsOn", "the groups wait for each other in a circle: web -> app -> db -> web"));
    }

    @Test
    void reportsAllBrokenRulesAtOnce() {
        List<Violation> violations = refused(new PlanDraft(
                "",
                List.of(new GroupDraft(
                        "", List.of("x"), null, Duration.ofDays(1), new ReadinessDraft("X", null, null), null, null))));

        assertThat(violations)
                .extracting(Violation::field)
                .containsExactlyInAnyOrder(
                        "name",
                        "groups[0].name",
                        "groups[0].pgIds[0]",
                        "groups[0].bootDelay",
                        "groups[0].readiness.type");
    }

    private static Arguments broken(String what, PlanDraft draft, String field, String message) {
        return Arguments.of(what, draft, field, message);
    }

    private static PlanDraft timed(Duration bootDelay, ReadinessDraft readiness) {
        return plan(new GroupDraft("a", List.of(PG), null, bootDelay, readiness, null, null));
    }

    private static List<GroupDraft> many(int count) {
        List<GroupDraft> groups = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            groups.add(group("g" + index));
        }
        return groups;
    }

    private static PlanDraft plan(GroupDraft... groups) {
        return new PlanDraft("plan", List.of(groups));
    }

    private static GroupDraft group(String name) {
        return group(name, List.of(uuid()), null);
    }

    private static GroupDraft group(String name, List<String> pgIds, List<String> dependsOn) {
        return new GroupDraft(name, pgIds, dependsOn, null, null, null, null);
    }

    private static String uuid() {
        return UUID.randomUUID().toString();
    }

    private static PlanDefinition accepted(PlanDraft draft) {
        return switch (PlanRules.check(draft)) {
            case PlanRules.Checked.Accepted accepted -> accepted.definition();
            case PlanRules.Checked.Refused refused -> throw new AssertionError(refused.violations());
        };
    }

    private static List<Violation> refused(PlanDraft draft) {
        return switch (PlanRules.check(draft)) {
            case PlanRules.Checked.Accepted accepted -> throw new AssertionError(accepted.definition());
            case PlanRules.Checked.Refused refused -> refused.violations();
        };
    }
}
