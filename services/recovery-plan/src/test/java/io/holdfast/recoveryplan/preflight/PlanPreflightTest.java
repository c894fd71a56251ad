package io.holdfast.recoveryplan.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.plan.CardRules;
import io.holdfast.recoveryplan.plan.CardSetting;
import io.holdfast.recoveryplan.plan.MacRule;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.Objectives;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.plan.StepRules;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a preflight says of a plan:")
class PlanPreflightTest {
    private static final Set<Purpose> BOTH = EnumSet.allOf(Purpose.class);
    private static final long GIB = 1L << 30;
    private static final VmId DB_VM = Samples.vm(Samples.DB);
    private static final VmId APP_VM = Samples.vm(Samples.APP_1);

    /** Two machines of 1 GiB: a database, and an application behind it. */
    private static PlanDefinition plan(MachineRules db, MachineRules app, List<MachineProbe> probes) {
        Readiness ready = new Readiness.Machines(probes, Duration.ofSeconds(60));
        return new PlanDefinition(
                "shop",
                List.of(
                        new RecoveryGroup("app", List.of(Samples.APP_1), List.of("db"), Duration.ZERO, ready, app),
                        new RecoveryGroup("db", List.of(Samples.DB), List.of(), Duration.ZERO, ready, db)));
    }

    private static MachineRules rules(NetworkTarget test, NetworkTarget live, VmId... startOrder) {
        return new MachineRules(
                true,
                List.of(),
                Map.of("lan", test),
                Map.of("lan", live),
                false,
                startOrder.length == 0 ? List.of() : List.of(List.of(startOrder)),
                Duration.ZERO);
    }

    private static final MachineRules APART_A = rules(new NetworkTarget.Isolated("a"), new NetworkTarget.Host("lan-a"));
    private static final MachineRules APART_B = rules(new NetworkTarget.Isolated("b"), new NetworkTarget.Host("lan-b"));

    private static KnownMachine machine(PgId pg, String mac) {
        KnownMachine sample = Samples.machines(pg).getFirst();
        MachineSpec spec = sample.spec();
        return new KnownMachine(
                sample.vmId(),
                sample.name(),
                new MachineSpec(
                        spec.cpuCount(),
                        GIB,
                        spec.firmware(),
                        "",
                        spec.disks(),
                        List.of(new MachineSpec.Nic("eth0", mac, "virtio", "lan")),
                        Optional.empty()));
    }

    private static Map<PgId, List<KnownMachine>> specified(String macOfDb, String macOfApp) {
        return Map.of(
                Samples.DB, List.of(machine(Samples.DB, macOfDb)),
                Samples.APP_1, List.of(machine(Samples.APP_1, macOfApp)));
    }

    private static MachineHost host(int number, long free, String... networks) {
        return new MachineHost(
                new HostId(new java.util.UUID(1, number)),
                "host-" + number,
                new AgentId(new java.util.UUID(2, number)),
                true,
                true,
                free,
                Set.copyOf(Arrays.asList(networks)));
    }

    private static ProtectedGroup known(PgId pg, String lifecycle) {
        return new ProtectedGroup(pg, "pg-" + pg, lifecycle, 1, List.of(new ProtectedGroup.Vm(Samples.vm(pg), "vm")));
    }

    private static List<Code> codes(List<Finding> findings) {
        return findings.stream().map(Finding::code).toList();
    }

    @Test
    void aGroupDependsOnOneThatIsNotProtected() {
        PlanDefinition plan = plan(APART_A, APART_B, List.of());

        List<Finding> paused = DependencyPreflight.check(
                plan,
                Map.of(Samples.DB, known(Samples.DB, "PAUSED"), Samples.APP_1, known(Samples.APP_1, "PROTECTED")));

        assertThat(codes(paused)).containsExactly(Code.DEPENDENCY_UNPROTECTED);
        assertThat(paused.getFirst().message()).contains("'app' depends on group 'db'", "PAUSED");
        assertThat(codes(DependencyPreflight.check(
                        plan,
                        Map.of(
                                Samples.DB,
                                known(Samples.DB, "PROTECTED"),
                                Samples.APP_1,
                                known(Samples.APP_1, "PAUSED")))))
                .as("nothing depends on it")
                .isEmpty();
    }

    @Test
    void itNamesAVmThatIsInNoneOfTheGroupsProtectionGroups() {
        MachineRules stranger = rules(new NetworkTarget.Isolated("a"), new NetworkTarget.Host("a"), APP_VM);
        PlanDefinition plan = plan(stranger, APART_B, List.of());

        List<Finding> findings = DependencyPreflight.check(
                plan,
                Map.of(Samples.DB, known(Samples.DB, "PROTECTED"), Samples.APP_1, known(Samples.APP_1, "PROTECTED")));

        assertThat(codes(findings)).containsExactly(Code.VM_NOT_IN_GROUP);
        assertThat(findings.getFirst().group()).contains("db");
    }

    private static ProtectedGroup capturedBy(PgId pg, Optional<AgentId> agent) {
        return new ProtectedGroup(
                pg, "pg-" + pg, "PROTECTED", 1, List.of(new ProtectedGroup.Vm(Samples.vm(pg), "vm of " + pg, agent)));
    }

    @Test
    void theOnlyHostThatCouldRunAMachineIsTheOneThatHasItNow() {
        MachineHost source = host(1, 8 * GIB);
        MachineHost other = host(2, 8 * GIB);
        PlanDefinition plan = plan(APART_A, APART_B, List.of());
        Map<PgId, ProtectedGroup> known = Map.of(
                Samples.DB, capturedBy(Samples.DB, Optional.of(source.agent())),
                Samples.APP_1, capturedBy(Samples.APP_1, Optional.of(other.agent())));

        List<Finding> alone = SourceHostPreflight.check(plan, known, List.of(source));

        assertThat(codes(alone)).containsExactly(Code.RECOVERS_ONTO_SOURCE);
        assertThat(alone.getFirst().pgId()).contains(Samples.DB);
        assertThat(alone.getFirst().message()).contains("host-1", "'vm of " + Samples.DB + "'");
        assertThat(Code.RECOVERS_ONTO_SOURCE.severity()).isEqualTo(Finding.Severity.WARNING);
        assertThat(Code.RECOVERS_ONTO_SOURCE.blocks()).isEmpty();
        assertThat(SourceHostPreflight.check(plan, known, List.of(source, other)))
                .as("one of both would be left")
                .isEmpty();
    }

    @Test
    void aHostThatIsAwayOrNotAllowedIsNoOtherPlace() {
        MachineHost source = host(1, 8 * GIB);
        MachineHost other = host(2, 8 * GIB);
        MachineHost away = new MachineHost(
                other.id(), other.name(), other.agent(), false, true, other.freeBytes(), other.networks());
        MachineRules onSourceOnly = new MachineRules(
                true, List.of(source.id()), APART_A.test(), APART_A.live(), false, List.of(), Duration.ZERO);
        Map<PgId, ProtectedGroup> known = Map.of(Samples.DB, capturedBy(Samples.DB, Optional.of(source.agent())));

        assertThat(codes(SourceHostPreflight.check(plan(APART_A, APART_B, List.of()), known, List.of(source, away))))
                .containsExactly(Code.RECOVERS_ONTO_SOURCE);
        assertThat(codes(SourceHostPreflight.check(
                        plan(onSourceOnly, APART_B, List.of()), known, List.of(source, other))))
                .containsExactly(Code.RECOVERS_ONTO_SOURCE);
    }

    @Test
    void whereAVmIsIsNotGuessed() {
        MachineHost only = host(1, 8 * GIB);
        PlanDefinition plan = plan(APART_A, APART_B, List.of());

        assertThat(SourceHostPreflight.check(
                        plan, Map.of(Samples.DB, capturedBy(Samples.DB, Optional.empty())), List.of(only)))
                .isEmpty();
        assertThat(SourceHostPreflight.check(plan, Map.of(), List.of(only))).isEmpty();
        assertThat(SourceHostPreflight.check(
                        plan, Map.of(Samples.DB, capturedBy(Samples.DB, Optional.of(only.agent()))), List.of()))
                .isEmpty();
    }

    @Test
    void itsMachinesDoNotFitTogetherAlthoughEachWouldAlone() {
        PlanDefinition plan = plan(APART_A, APART_B, List.of());
        Map<PgId, List<KnownMachine>> machines = specified("52:54:00:00:00:01", "52:54:00:00:00:02");

        assertThat(CapacityPreflight.check(plan, machines, List.of(host(1, 2 * GIB, "lan-a", "lan-b")), BOTH))
                .isEmpty();
        List<Finding> tight =
                CapacityPreflight.check(plan, machines, List.of(host(1, 2 * GIB - 1, "lan-a", "lan-b")), BOTH);
        assertThat(codes(tight)).containsExactly(Code.CAPACITY_MISSING, Code.CAPACITY_MISSING);
        assertThat(tight.getFirst().group()).as("the database was placed first").contains("app");
        assertThat(Code.CAPACITY_MISSING.blocks()).containsExactly(Mode.PLANNED, Mode.MOVE);
    }

    @Test
    void aHostLacksTheNetworkOfARecoveryButNotThatOfATest() {
        List<Finding> findings = CapacityPreflight.check(
                plan(APART_A, APART_B, List.of()),
                specified("52:54:00:00:00:01", "52:54:00:00:00:02"),
                List.of(host(1, 8 * GIB, "lan-a")),
                BOTH);

        assertThat(codes(findings)).containsExactly(Code.CAPACITY_MISSING);
        assertThat(findings.getFirst().message()).startsWith("for a live run").contains("lan-b");
    }

    @Test
    void twoMachinesWithOneMacMeetInOneNetwork() {
        Map<PgId, List<KnownMachine>> twins = specified("52:54:00:AA:00:01", "52:54:00:aa:00:01");
        MachineRules meets = rules(new NetworkTarget.Isolated("b"), new NetworkTarget.Host("lan-a"));

        assertThat(AddressPreflight.check(plan(APART_A, APART_B, List.of()), twins, BOTH))
                .isEmpty();
        List<Finding> live = AddressPreflight.check(plan(APART_A, meets, List.of()), twins, BOTH);
        assertThat(codes(live)).containsExactly(Code.MAC_CLASH);
        assertThat(live.getFirst().message()).contains("52:54:00:aa:00:01", "network 'lan-a' of the host");
        assertThat(AddressPreflight.check(
                        plan(APART_A, meets, List.of()), specified("52:54:00:00:00:01", "52:54:00:00:00:02"), BOTH))
                .isEmpty();
    }

    private static MachineRules with(MachineRules rules, VmId vm, CardSetting test, CardSetting live) {
        return new MachineRules(
                true,
                rules.hosts(),
                rules.test(),
                rules.live(),
                true,
                rules.startOrder(),
                rules.shutdownGrace(),
                List.of(new CardRules(vm, "eth0", test, live)));
    }

    private static CardSetting mac(MacRule rule) {
        return new CardSetting(Optional.of(rule), List.of(), List.of(), List.of());
    }

    private static CardSetting address(String prefixed) {
        return new CardSetting(Optional.empty(), List.of(prefixed), List.of(), List.of());
    }

    @Test
    void aMacThatIsGivenClashesAndANewOneDoesNot() {
        Map<PgId, List<KnownMachine>> twins = specified("52:54:00:aa:00:01", "52:54:00:aa:00:01");
        MachineRules meets = rules(new NetworkTarget.Isolated("b"), new NetworkTarget.Host("lan-a"));
        MachineRules renewed = with(meets, APP_VM, CardSetting.NONE, mac(MacRule.NEW));
        MachineRules given =
                with(meets, APP_VM, CardSetting.NONE, mac(new MacRule(MacRule.Policy.GIVEN, "52:54:00:aa:00:01")));

        assertThat(AddressPreflight.check(plan(APART_A, renewed, List.of()), twins, BOTH))
                .isEmpty();
        assertThat(codes(AddressPreflight.check(plan(APART_A, given, List.of()), twins, BOTH)))
                .containsExactly(Code.MAC_CLASH);
    }

    @Test
    void aTestAmongOthersKeepsTheMacOfItsOriginal() {
        Map<PgId, List<KnownMachine>> machines = specified("52:54:00:00:00:01", "52:54:00:00:00:02");
        MachineRules amongOthers = rules(new NetworkTarget.Host("lan-b"), new NetworkTarget.Host("lan-b"));

        assertThat(AddressPreflight.check(plan(APART_A, amongOthers, List.of()), machines, BOTH))
                .as("a new one by default")
                .isEmpty();
        assertThat(codes(AddressPreflight.check(
                        plan(APART_A, with(amongOthers, APP_VM, mac(MacRule.KEEP), CardSetting.NONE), List.of()),
                        machines,
                        BOTH)))
                .containsExactly(Code.MAC_KEPT_IN_TEST);
    }

    @Test
    void twoMachinesAreGivenOneAddressInOneNetwork() {
        Map<PgId, List<KnownMachine>> machines = specified("52:54:00:00:00:01", "52:54:00:00:00:02");
        MachineRules meets = rules(new NetworkTarget.Isolated("b"), new NetworkTarget.Host("lan-a"));
        CardSetting five = address("10.9.0.5/24");

        assertThat(codes(AddressPreflight.check(
                        plan(with(APART_A, DB_VM, five, five), with(meets, APP_VM, five, five), List.of()),
                        machines,
                        BOTH)))
                .as("in the live network, not in the isolated ones")
                .containsExactly(Code.ADDRESS_CLASH);
    }

    @Test
    void twoMachinesAreExpectedAtOneAddress() {
        List<MachineProbe> same = List.of(
                new MachineProbe.Tcp(Optional.of(DB_VM), "10.0.0.5", 5432),
                new MachineProbe.Http(Optional.of(APP_VM), "10.0.0.5", 80, "/"));
        Map<PgId, List<KnownMachine>> machines = specified("52:54:00:00:00:01", "52:54:00:00:00:02");

        assertThat(AddressPreflight.check(plan(APART_A, APART_B, same), machines, BOTH))
                .isEmpty();
        assertThat(codes(AddressPreflight.check(plan(APART_A, APART_A, same), machines, BOTH)))
                .as("in the network of a test, and in that of a recovery")
                .containsExactly(Code.ADDRESS_CLASH, Code.ADDRESS_CLASH);
    }

    @Test
    void aCloneOnANetworkOfTheHostKeepsTheAddressOfItsOriginal() {
        List<MachineProbe> probes = List.of(new MachineProbe.Tcp(Optional.of(APP_VM), "10.0.0.5", 5432));
        Map<PgId, List<KnownMachine>> machines = specified("52:54:00:00:00:01", "52:54:00:00:00:02");
        MachineRules attached = rules(new NetworkTarget.Host("dmz"), new NetworkTarget.Host("lan-b"));

        List<Finding> kept = ClonePreflight.check(plan(APART_A, attached, probes), machines);
        assertThat(codes(kept)).containsExactly(Code.ADDRESS_KEPT_BY_CLONE);
        assertThat(kept.getFirst().message()).contains("network 'dmz' of the host", "10.0.0.5");
        assertThat(Code.ADDRESS_KEPT_BY_CLONE.blocks()).containsExactly(Mode.CLONE);
        assertThat(ClonePreflight.check(plan(APART_A, APART_B, probes), machines))
                .as("isolated")
                .isEmpty();
        assertThat(ClonePreflight.check(plan(APART_A, attached, List.of()), machines))
                .as("nobody knows that it has a fixed one")
                .isEmpty();
        assertThat(ClonePreflight.check(
                        plan(APART_A, with(attached, APP_VM, address("10.0.9.5/24"), CardSetting.NONE), probes),
                        machines))
                .as("it is given another one for tests")
                .isEmpty();
    }

    @Test
    void oneAddressIsToShowThatSeveralMachinesWork() {
        RecoveryGroup both = new RecoveryGroup(
                "all",
                List.of(Samples.DB, Samples.APP_1),
                List.of(),
                Duration.ZERO,
                new Readiness.Machines(
                        List.of(new MachineProbe.Tcp(Optional.empty(), "10.0.0.5", 80)), Duration.ofSeconds(5)),
                APART_A);

        assertThat(codes(AddressPreflight.check(
                        new PlanDefinition("p", List.of(both)),
                        specified("52:54:00:00:00:01", "52:54:00:00:00:02"),
                        BOTH)))
                .containsExactly(Code.PROBE_SHARED);
    }

    @Test
    void whatWasMeasuredMissesWhatIsPromised() {
        PlanDefinition promised = new PlanDefinition(
                "p",
                Samples.single().groups(),
                StepRules.NONE,
                new Objectives(Optional.of(Duration.ofSeconds(30)), Optional.of(Duration.ofMinutes(10))));

        assertThat(objectives(promised, 30, Duration.ofMinutes(10))).isEmpty();
        assertThat(objectives(promised, 31, Duration.ofMinutes(3), Duration.ofMinutes(11)))
                .containsExactly(Code.RPO_MISSED, Code.RTO_MISSED);
        assertThat(objectives(promised, 1)).containsExactly(Code.RTO_NOT_MEASURED);
        assertThat(objectives(Samples.single(), 1_000_000)).isEmpty();
    }

    private static List<Code> objectives(PlanDefinition plan, long age, Duration... measured) {
        JournalCondition newest = new JournalCondition.Recoverable(
                new ChosenCheckpoint(CheckpointId.random(), "CRASH", Lsn.of(1), Samples.NOON.minusSeconds(age)));
        return codes(ObjectivePreflight.check(plan, Map.of(Samples.DB, newest), List.of(measured), Samples.NOON));
    }

    @Test
    void a_branch_that_a_commit_has_left_keeps_a_planned_failover_from_beginning_and_no_other() {
        PlanDefinition plan = plan(APART_A, APART_B, List.of());

        List<Finding> found = BranchPreflight.check(plan, Map.of(Samples.DB, "after-lsn-8"));

        assertThat(found).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo(Code.BRANCH_RETAINED);
            assertThat(finding.group()).contains("db");
            assertThat(finding.message()).contains("after-lsn-8");
            assertThat(finding.code().blocks()).containsExactlyInAnyOrder(Mode.PLANNED, Mode.MOVE);
        });
        assertThat(BranchPreflight.check(plan, Map.of())).isEmpty();
    }
}
