package io.holdfast.recoveryplan.adapter.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.dns.WantedRecord;
import io.holdfast.recoveryplan.machine.Placement;
import io.holdfast.recoveryplan.ownership.OwnedVm;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.CommitAction;
import io.holdfast.recoveryplan.run.DnsAction;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.NewestKnown;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.OrderedVm;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunEnding;
import io.holdfast.recoveryplan.run.RunOrder;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepAction;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import io.holdfast.recoveryplan.support.Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The form in which runs lie in databases. {@code run-format-1.json} is never edited: when this test fails, runs that are under way
 * at an upgrade would be lost. A wanted change of form adds a file and a way to read the old one.
 */
@DisplayName("The stored form of a run")
class StoredFormTest {
    private static final Path FORMAT_1 = Path.of("src/test/resources/run-format-1.json");

    private static final Path FORMAT_2 = Path.of("src/test/resources/run-format-2.json");

    private static final Path FORMAT_3 = Path.of("src/test/resources/run-format-3.json");

    @Test
    void ofFormatOneCanStillBeRead() throws Exception {
        if (Boolean.getBoolean("format.write") && !Files.exists(FORMAT_1)) {
            Files.createDirectories(FORMAT_1.getParent());
            Files.writeString(FORMAT_1, StoredForm.write(everything()) + "\n");
        }

        assertThat(StoredForm.read(Files.readString(FORMAT_1))).isEqualTo(everything());
    }

    /** With machines and the steps of a failover that takes no ownership: those that were ordered then go on as they were planned. */
    @Test
    void ofFormatTwoCanStillBeReadAndKeepsItsSteps() throws Exception {
        Run read = StoredForm.read(Files.readString(FORMAT_2));

        assertThat(read.steps())
                .filteredOn(step -> step.progress() instanceof StepProgress.Done)
                .extracting(step -> ((StepProgress.Done) step.progress()).result())
                .isEqualTo(failoverResults());
        assertThat(read.commitSteps())
                .filteredOn(step -> step.action() instanceof CommitAction.StopReplication)
                .hasSize(3)
                .allSatisfy(step -> assertThat(((CommitAction.StopReplication) step.action()).takeStepId())
                        .isEmpty());
        assertThat(read.undoSteps())
                .filteredOn(step -> step.action() instanceof CommitAction.ResumeReplication)
                .hasSize(3);
        assertThat(read.order().vms().get(Samples.DB))
                .containsExactly(new OrderedVm(Samples.vm(Samples.DB), "vm-d1", Optional.empty()));
        assertThat(read.order().failover().orElseThrow().shutdown()).isEmpty();
        assertThat(StoredForm.read(StoredForm.write(read))).isEqualTo(read);
    }

    /** With the steps of a PLANNED run. */
    @Test
    void ofFormatThreeCanStillBeRead() throws Exception {
        if (Boolean.getBoolean("format.write") && !Files.exists(FORMAT_3)) {
            Files.writeString(FORMAT_3, StoredForm.write(planned()) + "\n");
        }

        assertThat(StoredForm.read(Files.readString(FORMAT_3))).isEqualTo(planned());
    }

    private static Run planned() {
        OwnedVm vm = new OwnedVm(Samples.vm(Samples.DB), Optional.of(Samples.agent(Samples.DB)), 7);
        return with(
                new FailoverRules(
                        FailoverRules.CommitPolicy.NONE,
                        Duration.ofMinutes(60),
                        FailoverRules.OnFailure.STOP,
                        Optional.of(new FailoverRules.Shutdown(Duration.ofMinutes(5), false))),
                List.of(
                        new StepResult.SourceShutDown(true),
                        new StepResult.OwnershipTaken(true, List.of(vm)),
                        new StepResult.FenceConfirmed(List.of(vm)),
                        new StepResult.FinalCheckpointListed(new CheckpointId(new UUID(2, 4))),
                        new StepResult.OwnershipReturned(true)));
    }

    private static Run with(FailoverRules rules, List<StepResult> results) {
        Run template = Samples.poweredRun(Optional.of(rules));
        RunOrder order = template.order();
        Run run = Run.ordered(new RunOrder(
                new RunId(new UUID(2, 1)),
                new PlanId(new UUID(2, 2)),
                order.planRevision(),
                order.plan(),
                order.mode(),
                order.points(),
                order.orderedBy(),
                order.orderedAt(),
                order.expiresAt(),
                order.vms(),
                order.failover(),
                Optional.empty()));
        int[] next = new int[1];
        Run done = run.mapSteps(step -> next[0] < results.size() ? step.with(done(results.get(next[0]++))) : step);
        Step last = done.steps().getLast();
        return done.with(last.with(new StepProgress.Failed(
                        Samples.NOON, Samples.NOON, 1, new Failure("CODE", "why", false, "panic"))))
                .with(done.steps().get(9).anew());
    }

    private static List<StepResult> failoverResults() {
        UUID machine = new UUID(2, 3);
        ChosenCheckpoint checkpoint =
                new ChosenCheckpoint(new CheckpointId(new UUID(2, 4)), "CRASH", Lsn.of(77), Samples.NOON);
        return List.of(
                new StepResult.PointChosen(
                        checkpoint, Optional.of(new NewestKnown(checkpoint, Optional.of(Lsn.of(80))))),
                new StepResult.MachinesPlaced(List.of(new Placement(
                        Samples.machines(Samples.DB).getFirst(),
                        new HostId(new UUID(2, 5)),
                        "host",
                        new AgentId(new UUID(2, 6))))),
                new StepResult.MachineStarted(machine, new HostId(new UUID(2, 5)), "host", Samples.NOON),
                new StepResult.MachinesReady(
                        List.of(new StepResult.ReadyMachine(Samples.vm(Samples.DB), machine, Samples.NOON, "login:"))),
                new StepResult.MachineStopped(true),
                new StepResult.ReplicationStopped(true),
                new StepResult.ReplicationResumed(false),
                new StepResult.SessionCommitted("after-lsn-77"));
    }

    /** Steps and results about names, which no format before had. */
    @Test
    void bringsNamesBack() {
        RecordSet set = new RecordSet("paris", "app.example.org", RecordType.AAAA);
        RecordValues values = new RecordValues(60, List.of("2001:db8:0:0:0:0:0:7"));
        Run template = planned();
        List<StepResult> results = List.of(
                new StepResult.DnsRead(set, RecordValues.NONE),
                new StepResult.DnsUpdated(set, RecordValues.NONE, values, true),
                new StepResult.DnsRestored(set, StepResult.DnsRestored.Outcome.LEFT, values));
        WantedRecord wanted = new WantedRecord(set, values);
        List<StepAction> actions = List.of(
                new DnsAction.ReadDns(wanted, List.of("2001:db8:0:0:0:0:0:1")),
                new DnsAction.UpdateDns(wanted, "read"),
                new DnsAction.RestoreDns(wanted, "read", "update"));
        List<Step> steps = new ArrayList<>();
        for (int index = 0; index < actions.size(); index++) {
            steps.add(new Step("s" + index, "db", actions.get(index), List.of(), done(results.get(index))));
        }
        Run run = new Run(template.order(), template.state(), steps);

        assertThat(StoredForm.read(StoredForm.write(run))).isEqualTo(run);
    }

    @ParameterizedTest
    @MethodSource("states")
    void bringsEveryStateBack(RunState state) {
        Run run = everything().withState(state);

        assertThat(StoredForm.read(StoredForm.write(run))).isEqualTo(run);
    }

    static Stream<RunState> states() {
        Failure failure = new Failure("CODE", "a sentence", true);
        return Stream.of(
                new RunState.Pending(),
                new RunState.Running(Samples.NOON),
                new RunState.Ready(Samples.NOON),
                new RunState.CleaningUp(Samples.NOON, new RunEnding.Finished("olga")),
                new RunState.CleaningUp(Samples.NOON, new RunEnding.Broken(failure)),
                new RunState.Succeeded(Samples.NOON, new RunEnding.Expired()),
                new RunState.Failed(Samples.NOON, failure, new RunEnding.Broken(failure)),
                new RunState.Cancelled(Samples.NOON, new RunEnding.Cancelled("olga")),
                new RunState.Halted(Samples.NOON, "1.start-machine.1", failure, Optional.empty()),
                new RunState.Halted(Samples.NOON, "1.commit-session.1", failure, Optional.of("rita")),
                new RunState.Committing(Samples.NOON, "rita"),
                new RunState.CleaningUp(Samples.NOON, new RunEnding.RolledBack("rita")),
                new RunState.RolledBack(Samples.NOON, new RunEnding.RolledBack(RunEnding.POLICY)),
                new RunState.Succeeded(Samples.NOON, new RunEnding.Committed("rita")),
                new RunState.Succeeded(Samples.NOON, new RunEnding.NotReleased("rita", failure)),
                new RunState.Releasing(Samples.NOON, "olga", "rita"),
                new RunState.Released(Samples.NOON, new RunEnding.Released("olga", "rita")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}x", "{\"order\": 1}", "{\"state\": {\"is\": \"java.lang.Object\"}}"})
    void thatIsBrokenIsNamedAsSuch(String json) {
        assertThatThrownBy(() -> StoredForm.read(json))
                .isInstanceOfSatisfying(
                        HoldfastException.class,
                        broken -> assertThat(broken.code().name()).isEqualTo("MALFORMED_DATA"));
    }

    /** A run with every kind of point, action, progress and result. Fixed ids, because it is compared with a file. */
    private static Run everything() {
        Run run = Run.ordered(new RunOrder(
                new RunId(new UUID(1, 1)),
                new PlanId(new UUID(1, 2)),
                3,
                Samples.shop(),
                Mode.TEST,
                Map.of(
                        Samples.DB, new RecoveryPoint.Latest(),
                        Samples.CACHE, new RecoveryPoint.AtTime(Samples.NOON),
                        Samples.APP_1, new RecoveryPoint.AtCheckpoint(new CheckpointId(new UUID(1, 3))),
                        Samples.APP_2, new RecoveryPoint.Latest()),
                "olga",
                Samples.NOON,
                Samples.NOON.plus(Duration.ofHours(4))));
        List<StepProgress> progress = List.of(
                done(new StepResult.PointChosen(
                        new ChosenCheckpoint(new CheckpointId(new UUID(1, 4)), "CRASH", Lsn.of(77), Samples.NOON),
                        Optional.empty())),
                done(new StepResult.SessionOpened(new OpenSession(
                        new SessionId(new UUID(1, 5)),
                        List.of(new OpenSession.Export("volume", "vda", null, 4096, "host:10809", "session/x"))))),
                done(new StepResult.ProbePassed(1)),
                done(new StepResult.DelayElapsed()),
                done(new StepResult.SessionClosed(true)),
                new StepProgress.Active(Samples.NOON, 2),
                new StepProgress.RetryDue(Samples.NOON, 2, Samples.NOON, new Failure("CODE", "why", true)),
                new StepProgress.Failed(Samples.NOON, Samples.NOON, 3, new Failure("CODE", "why", false)),
                new StepProgress.Skipped(Optional.empty(), Samples.NOON, 0, "not begun"),
                new StepProgress.Skipped(Optional.of(Samples.NOON), Samples.NOON, 1, "stopped"));
        int[] next = new int[1];
        return run.mapSteps(step -> next[0] < progress.size() ? step.with(progress.get(next[0]++)) : step);
    }

    private static StepProgress done(StepResult result) {
        return new StepProgress.Done(Samples.NOON, Samples.NOON.plusMillis(1), 1, result);
    }
}
