package io.holdfast.recoveryplan.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.FakeDnsZones;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.plan.DnsRecord;
import io.holdfast.recoveryplan.plan.Objectives;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.plan.StepRules;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.support.ManualClock;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Before a run, a name")
class DnsPreflightTest {
    private static final RecordSet ONE = new RecordSet("paris", "one.example.test", RecordType.A);
    private static final RecordSet TWO = new RecordSet("paris", "two.example.test", RecordType.A);
    private static final RecordValues OLD = new RecordValues(300, List.of("192.0.2.1"));
    private static final Set<Purpose> LIVE = EnumSet.of(Purpose.LIVE);

    private final FakeDnsZones zones = new FakeDnsZones(new ManualClock(Samples.NOON));

    private static DnsRecord record(RecordSet set) {
        return new DnsRecord(
                set.server(),
                set.name(),
                set.type(),
                Duration.ofSeconds(60),
                Optional.empty(),
                List.of("198.51.100.7"),
                Optional.of(new DnsRecord.TestRecord("test-" + set.name(), List.of("10.0.0.7"))),
                OLD.values());
    }

    private List<Finding> findings(Objectives objectives, Set<Purpose> purposes) {
        return findings(objectives, purposes, true);
    }

    private List<Finding> findings(Objectives objectives, Set<Purpose> purposes, boolean ask) {
        Procedure named = new Procedure(Optional.empty(), List.of(), List.of(), StepRules.NONE)
                .with(List.of(record(ONE), record(TWO)));
        PlanDefinition plan = Samples.pair(named);
        return DnsPreflight.check(
                new PlanDefinition(plan.name(), plan.groups(), StepRules.NONE, objectives), zones, purposes, ask);
    }

    private List<Code> codes(Set<Purpose> purposes) {
        return findings(Objectives.NONE, purposes).stream().map(Finding::code).toList();
    }

    @Test
    void thatSaysWhatIsExpectedOrWhatTheRunWritesIsNoFinding() {
        zones.put(ONE, OLD);
        zones.put(TWO, new RecordValues(60, List.of("198.51.100.7")));

        assertThat(codes(EnumSet.allOf(Purpose.class))).isEmpty();
    }

    @Test
    void thatSaysSomethingElseKeepsASourceFromGoingDown() {
        zones.put(ONE, OLD);

        assertThat(codes(EnumSet.of(Purpose.TEST)))
                .as("of its own name nothing is expected")
                .isEmpty();
        Finding finding = findings(Objectives.NONE, LIVE).getFirst();
        assertThat(finding.code()).isEqualTo(Code.DNS_RECORD_UNEXPECTED);
        assertThat(finding.message()).contains("two.example.test", "says nothing", "192.0.2.1");
        assertThat(finding.code().blocks()).containsExactlyInAnyOrder(Mode.PLANNED, Mode.MOVE);
    }

    @Test
    void thatResolversRememberLongerThanTheObjectiveIsAWarning() {
        zones.put(ONE, OLD);
        zones.put(TWO, OLD);

        assertThat(codes(LIVE)).isEmpty();
        assertThat(findings(new Objectives(Optional.empty(), Optional.of(Duration.ofSeconds(299))), LIVE))
                .extracting(Finding::code)
                .containsExactly(Code.DNS_TTL_LONG, Code.DNS_TTL_LONG);
        zones.put(TWO, new RecordValues(3601, OLD.values()));
        assertThat(codes(LIVE)).containsExactly(Code.DNS_TTL_LONG);
    }

    @Test
    void atAServerThatIsAwayIsAskedForOnce() {
        int[] asked = {0};
        zones.before = () -> {
            asked[0]++;
            throw new HoldfastException(DnsError.DNS_UNREACHABLE, "away");
        };

        assertThat(codes(LIVE)).containsExactly(Code.DNS_UNREACHABLE);
        assertThat(asked[0]).isOne();
        assertThat(findings(Objectives.NONE, LIVE, false)).as("nobody is asked").isEmpty();
        assertThat(asked[0]).isOne();
    }
}
