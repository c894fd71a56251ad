package io.holdfast.recoveryplan.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.recoveryplan.plan.PlanDraft.GroupDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.MachinesDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.NetworkDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.ProbeDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.ReadinessDraft;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A plan that starts machines")
class MachineRulesTest {
    private static final String ID = "6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10";
    private static final Map<String, NetworkDraft> ISOLATED = Map.of("office", new NetworkDraft("bubble", null));
    private static final Map<String, NetworkDraft> LAN = Map.of("office", new NetworkDraft(null, "lan"));

    @Test
    void isAcceptedWithItsDefaults() {
        RecoveryGroup group = accepted(group(true, null, null));

        assertThat(group.machines().powerOn()).isTrue();
        assertThat(group.machines().hosts()).isEmpty();
        assertThat(group.machines().test()).isEmpty();
        assertThat(group.machines().shutdownGrace()).isZero();
        assertThat(accepted(group(null, null, null)).machines()).isEqualTo(MachineRules.OFF);
    }

    @Test
    void mayUseAProductionNetworkInATestOnlyIfItSaysSo() {
        assertThat(accepted(group(true, machines(LAN, true, null, null), null))
                        .machines()
                        .test())
                .containsEntry("office", new NetworkTarget.Host("lan"));
        assertThat(refused(group(true, machines(LAN, null, null, null), null)))
                .singleElement()
                .satisfies(violation -> {
                    assertThat(violation.field()).isEqualTo("groups[0].machines.networks.test.office");
                    assertThat(violation.message()).contains("allowProductionNetworkInTest");
                });
    }

    @ParameterizedTest(name = "{0} is refused at {2}")
    @MethodSource("broken")
    void isRefusedWithTheFieldAndTheReason(String what, GroupDraft draft, String field, String message) {
        assertThat(refused(draft)).as(what).anySatisfy(violation -> {
            assertThat(violation.field()).isEqualTo("groups[0]." + field);
            assertThat(violation.message()).contains(message);
        });
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                broken("MACHINES of disks", group(false, null, ready()), "readiness.type", "powerOn"),
                broken(
                        "probes of exports",
                        group(true, null, new ReadinessDraft("NBD_EXPORT", null, List.of())),
                        "readiness.probes",
                        "only a readiness"),
                broken(
                        "a network of both kinds",
                        networks(new NetworkDraft("a", "b")),
                        "machines.networks.test.office",
                        "exactly one"),
                broken(
                        "a network of no kind",
                        networks(new NetworkDraft(null, null)),
                        "machines.networks.test.office",
                        "exactly one"),
                broken("a null network", networks(null), "machines.networks.test.office", "exactly one"),
                broken(
                        "a blank network",
                        networks(new NetworkDraft(" ", null)),
                        "machines.networks.test.office",
                        "1 to 63"),
                broken("an empty start list", ordered(List.of(List.of())), "machines.startOrder[0]", "at least one"),
                broken(
                        "a null start list",
                        ordered(Arrays.asList((List<String>) null)),
                        "machines.startOrder[0]",
                        "at least one"),
                broken(
                        "a VM twice",
                        ordered(List.of(List.of(ID), List.of(ID))),
                        "machines.startOrder[1]",
                        "more than once"),
                broken("a VM that is none", ordered(List.of(List.of("x"))), "machines.startOrder[0][0]", "'x' is not"),
                broken(
                        "a null VM",
                        ordered(List.of(Collections.singletonList(null))),
                        "machines.startOrder[0][0]",
                        "not a"),
                broken(
                        "a long grace",
                        group(true, machines(null, null, null, Duration.ofMinutes(11)), null),
                        "machines.shutdownGrace",
                        "PT10M"),
                broken(
                        "a host twice",
                        group(true, new MachinesDraft(List.of(ID, ID), null, null, null, null, null), null),
                        "machines.hosts[1]",
                        "more than once"),
                broken(
                        "a host that is none",
                        group(true, new MachinesDraft(List.of("x"), null, null, null, null, null), null),
                        "machines.hosts[0]",
                        "'x' is not"),
                broken(
                        "an unknown probe",
                        group(true, null, ready(probe("PING", null, null, null, null))),
                        "readiness.probes[0].type",
                        "not PING"),
                broken(
                        "a probe without type",
                        group(true, null, ready(probe(null, null, null, null, null))),
                        "readiness.probes[0].type",
                        "not null"),
                broken("a null probe", group(true, null, ready((ProbeDraft) null)), "readiness.probes[0]", "null"),
                broken(
                        "a probe of a name",
                        group(true, null, ready(probe("TCP", "db.example", 80, null, null))),
                        "readiness.probes[0].address",
                        "not a name"),
                broken(
                        "a probe of half an address",
                        group(true, null, ready(probe("TCP", "1.2.3", 80, null, null))),
                        "readiness.probes[0].address",
                        "IPv4"),
                broken(
                        "a probe of port 0",
                        group(true, null, ready(probe("TCP", "10.0.0.1", 0, null, null))),
                        "readiness.probes[0].port",
                        "65535"),
                broken(
                        "a probe without port",
                        group(true, null, ready(probe("HTTP", "::1", null, "/", null))),
                        "readiness.probes[0].port",
                        "65535"),
                broken(
                        "a path with a line break",
                        group(true, null, ready(probe("HTTP", "::1", 80, "/a\r\nHost:", null))),
                        "readiness.probes[0].path",
                        "slash"),
                broken(
                        "a console probe without text",
                        group(true, null, ready(probe("CONSOLE", null, null, null, null))),
                        "readiness.probes[0].text",
                        "1 to 200"));
    }

    @Test
    void hasProbesForOneOrAllOfItsMachines() {
        RecoveryGroup group = accepted(group(
                true,
                machines(ISOLATED, null, null, null),
                ready(
                        probe("TCP", "fe80::1", 5432, null, null),
                        new ProbeDraft("HTTP", ID, "10.0.0.1", 80, null, null),
                        probe("GUEST_AGENT", null, null, null, null),
                        probe("CONSOLE", null, null, null, "login:"))));

        assertThat(group.readiness()).isInstanceOfSatisfying(Readiness.Machines.class, ready -> {
            assertThat(ready.probes()).hasSize(4);
            assertThat(ready.probes().get(1).vmId()).isPresent();
            assertThat(ready.probes().get(1))
                    .isInstanceOfSatisfying(MachineProbe.Http.class, http -> assertThat(http.path())
                            .isEqualTo("/"));
        });
    }

    private static Arguments broken(String what, GroupDraft draft, String field, String message) {
        return Arguments.of(what, draft, field, message);
    }

    private static GroupDraft networks(NetworkDraft draft) {
        return group(true, machines(Collections.singletonMap("office", draft), null, null, null), null);
    }

    private static GroupDraft ordered(List<List<String>> order) {
        return group(true, machines(null, null, order, null), null);
    }

    private static MachinesDraft machines(
            Map<String, NetworkDraft> test, Boolean production, List<List<String>> order, Duration grace) {
        return new MachinesDraft(null, test, null, production, order, grace);
    }

    private static ReadinessDraft ready(ProbeDraft... probes) {
        return new ReadinessDraft("MACHINES", null, Arrays.asList(probes));
    }

    private static ProbeDraft probe(String type, String address, Integer port, String path, String text) {
        return new ProbeDraft(type, null, address, port, path, text);
    }

    private static GroupDraft group(Boolean powerOn, MachinesDraft machines, ReadinessDraft readiness) {
        return new GroupDraft("g", List.of(ID), null, null, readiness, powerOn, machines);
    }

    private static RecoveryGroup accepted(GroupDraft draft) {
        return switch (PlanRules.check(new PlanDraft("plan", List.of(draft)))) {
            case PlanRules.Checked.Accepted accepted ->
                accepted.definition().groups().getFirst();
            case PlanRules.Checked.Refused refused -> throw new AssertionError(refused.violations());
        };
    }

    private static List<Violation> refused(GroupDraft draft) {
        return switch (PlanRules.check(new PlanDraft("plan", List.of(draft)))) {
            case PlanRules.Checked.Accepted accepted -> throw new AssertionError(accepted);
            case PlanRules.Checked.Refused refused -> refused.violations();
        };
    }
}
