package io.holdfast.recoveryplan.support;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.OrderedVm;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Plans and runs that several tests use. */
public final class Samples {
    public static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    public static final PgId DB = PgId.parse("00000000-0000-4000-8000-0000000000d1");
    public static final PgId CACHE = PgId.parse("00000000-0000-4000-8000-0000000000c1");
    public static final PgId APP_1 = PgId.parse("00000000-0000-4000-8000-0000000000a1");
    public static final PgId APP_2 = PgId.parse("00000000-0000-4000-8000-0000000000a2");

    private Samples() {}

    /** db and cache independent, then app (two protection groups) behind both. The database boots for 10 s. */
    public static PlanDefinition shop() {
        Readiness probe = new Readiness.NbdExport(Duration.ofSeconds(30));
        return new PlanDefinition(
                "shop",
                List.of(
                        new RecoveryGroup("app", List.of(APP_1, APP_2), List.of("db", "cache"), Duration.ZERO, probe),
                        new RecoveryGroup("db", List.of(DB), List.of(), Duration.ofSeconds(10), probe),
                        new RecoveryGroup("cache", List.of(CACHE), List.of(), Duration.ZERO, new Readiness.None())));
    }

    /** As {@link #shop}; the database and the application are started, the database before the application's two machines. */
    public static PlanDefinition poweredShop() {
        MachineRules rules = new MachineRules(
                true,
                List.of(),
                Map.of("lan", new NetworkTarget.Isolated("lan")),
                Map.of("lan", new NetworkTarget.Host("lan")),
                false,
                List.of(List.of(vm(APP_1))),
                Duration.ZERO);
        Readiness ready = new Readiness.Machines(
                List.of(new MachineProbe.Tcp(Optional.empty(), "10.0.0.5", 5432)), Duration.ofSeconds(60));
        Readiness probe = new Readiness.NbdExport(Duration.ofSeconds(30));
        return new PlanDefinition(
                "shop",
                List.of(
                        new RecoveryGroup("app", List.of(APP_1, APP_2), List.of("db"), Duration.ZERO, probe, rules),
                        new RecoveryGroup("db", List.of(DB), List.of(), Duration.ofSeconds(10), ready, rules)));
    }

    /** A database, and an application behind it, both disks only; the application with this procedure. As small as a story can be: many are told a hundred times. */
    public static PlanDefinition pair(Procedure ofApplication) {
        return new PlanDefinition(
                "pair",
                List.of(
                        new RecoveryGroup("db", List.of(DB), List.of(), Duration.ZERO, new Readiness.None()),
                        new RecoveryGroup("app", List.of(APP_1), List.of("db"), Duration.ZERO, new Readiness.None())
                                .with(ofApplication)));
    }

    /** The one VM of each protection group. */
    public static VmId vm(PgId pg) {
        return new VmId(new UUID(3, pg.value().getLeastSignificantBits()));
    }

    /** The agent of the source of that VM. */
    public static AgentId agent(PgId pg) {
        return new AgentId(new UUID(8, pg.value().getLeastSignificantBits()));
    }

    public static VolumeId volume(PgId pg) {
        return new VolumeId(new UUID(4, pg.value().getLeastSignificantBits()));
    }

    public static List<KnownMachine> machines(PgId pg) {
        return List.of(new KnownMachine(
                vm(pg),
                "vm-" + pg.toString().substring(34),
                new MachineSpec(
                        2,
                        1L << 30,
                        MachineSpec.Firmware.BIOS,
                        "",
                        List.of(new MachineSpec.Disk(volume(pg), "virtio", "")),
                        List.of(new MachineSpec.Nic("eth0", "52:54:00:00:00:01", "virtio", "lan")),
                        Optional.empty())));
    }

    /** An order of {@link #poweredShop} that powers on. @param failover empty for a TEST; of a PLANNED run if it says how to shut down */
    public static Run poweredRun(Optional<FailoverRules> failover) {
        return poweredRun(poweredShop(), failover);
    }

    /** An UNPLANNED run's rules: it halts at a failed step, and its policy acts an hour after READY. */
    public static Optional<FailoverRules> failover(FailoverRules.CommitPolicy policy) {
        return Optional.of(new FailoverRules(policy, Duration.ofMinutes(60), FailoverRules.OnFailure.STOP));
    }

    /** An order of a plan like {@link #poweredShop}. */
    public static Run poweredRun(PlanDefinition plan, Optional<FailoverRules> failover) {
        Map<PgId, RecoveryPoint> points = new HashMap<>();
        Map<PgId, List<OrderedVm>> vms = new HashMap<>();
        plan.pgIds().forEach(pg -> {
            points.put(pg, new RecoveryPoint.Latest());
            vms.put(pg, List.of(new OrderedVm(vm(pg), machines(pg).getFirst().name(), Optional.of(agent(pg)))));
        });
        return Run.ordered(new RunOrder(
                RunId.random(),
                PlanId.random(),
                3,
                plan,
                failover.map(rules -> rules.shutdown().isPresent() ? Mode.PLANNED : Mode.UNPLANNED)
                        .orElse(Mode.TEST),
                points,
                "olga",
                NOON,
                failover.isPresent() ? Optional.empty() : Optional.of(NOON.plus(Duration.ofMinutes(10))),
                vms,
                failover,
                Optional.empty()));
    }

    public static PlanDefinition single() {
        return new PlanDefinition(
                "single",
                List.of(new RecoveryGroup(
                        "db", List.of(DB), List.of(), Duration.ZERO, new Readiness.NbdExport(Duration.ofSeconds(30)))));
    }

    public static Run run(PlanDefinition plan) {
        return run(plan, NOON, Duration.ofHours(4));
    }

    public static Run run(PlanDefinition plan, Instant orderedAt, Duration expiresAfter) {
        Map<PgId, RecoveryPoint> points = new HashMap<>();
        plan.pgIds().forEach(pg -> points.put(pg, new RecoveryPoint.Latest()));
        return Run.ordered(new RunOrder(
                RunId.random(),
                PlanId.random(),
                3,
                plan,
                Mode.TEST,
                points,
                "olga",
                orderedAt,
                orderedAt.plus(expiresAfter)));
    }
}
