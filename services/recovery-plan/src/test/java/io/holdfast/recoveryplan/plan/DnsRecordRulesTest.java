package io.holdfast.recoveryplan.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.plan.PlanDraft.CardDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.CardSettingDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.GroupDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.MachinesDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.ReadinessDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.DnsDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.DnsTestDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A name that leads to a recovery group")
class DnsRecordRulesTest {
    private static final String VM = UUID.randomUUID().toString();

    private static DnsDraft draft(String name, String type, String... live) {
        return new DnsDraft("paris", name, type, null, null, List.of(live), null, null);
    }

    private static GroupDraft group(String readiness, DnsDraft... records) {
        return new GroupDraft(
                "g" + UUID.randomUUID(),
                List.of(PgId.random().toString()),
                null,
                null,
                new ReadinessDraft(readiness, null, null),
                true,
                new MachinesDraft(
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of(new CardDraft(
                                VM,
                                "eth0",
                                new CardSettingDraft(null, List.of("10.99.0.5/24"), null, null),
                                new CardSettingDraft(null, List.of("198.51.100.7/24", "2001:db8::7/64"), null, null)))),
                new ProcedureDraft(null, null, null, null, null, Arrays.asList(records)));
    }

    private static PlanRules.Checked check(GroupDraft... groups) {
        return PlanRules.check(new PlanDraft("plan", List.of(groups)));
    }

    private static List<String> refused(GroupDraft... groups) {
        return check(groups) instanceof PlanRules.Checked.Refused(List<Violation> violations)
                ? violations.stream().map(Violation::field).distinct().toList()
                : List.of();
    }

    private static DnsRecord accepted(DnsDraft draft) {
        PlanRules.Checked checked = check(group("MACHINES", draft));
        assertThat(checked).isInstanceOf(PlanRules.Checked.Accepted.class);
        return ((PlanRules.Checked.Accepted) checked)
                .definition()
                .groups()
                .getFirst()
                .procedure()
                .dns()
                .getFirst();
    }

    @Test
    void isWrittenInOneWayAndLeavesARehearsalAlone() {
        DnsRecord record = accepted(draft("App.Example.ORG.", "AAAA", "2001:DB8::1"));

        assertThat(record.name()).isEqualTo("app.example.org");
        assertThat(record.live()).containsExactly("2001:db8:0:0:0:0:0:1");
        assertThat(record.ttl()).isEqualTo(Duration.ofMinutes(1));
        assertThat(record.wanted(MachineRules.OFF, true)).isEmpty();
    }

    @Test
    void takesTheAddressesThatTheVmsCardsAreGiven() {
        for (String type : List.of("A", "AAAA")) {
            PlanRules.Checked checked = check(group(
                    "MACHINES",
                    new DnsDraft(
                            "paris",
                            "app.example.org",
                            type,
                            null,
                            VM,
                            null,
                            type.equals("A") ? new DnsTestDraft("app.rehearsal.example.org", null) : null,
                            null)));
            assertThat(checked).isInstanceOf(PlanRules.Checked.Accepted.class);
            RecoveryGroup group =
                    ((PlanRules.Checked.Accepted) checked).definition().groups().getFirst();
            DnsRecord record = group.procedure().dns().getFirst();
            String live = type.equals("A") ? "198.51.100.7" : "2001:db8:0:0:0:0:0:7";
            assertThat(record.wanted(group.machines(), false).orElseThrow().values())
                    .isEqualTo(new RecordValues(60, List.of(live)));
            if (record.type() == RecordType.A) {
                assertThat(record.wanted(group.machines(), true).orElseThrow().values())
                        .isEqualTo(new RecordValues(60, List.of("10.99.0.5")));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "A, 2001:db8::1",
        "A, 1.2.3",
        "A, app.example.org",
        "AAAA, 192.0.2.1",
        "AAAA, ::ffff:192.0.2.1",
        "AAAA, fe80::1%eth0",
        "CNAME, app",
        "CNAME, 'a.example.org b.example.org'",
        "PTR, -a.example.org"
    })
    void hasNoValuesOfAnotherKind(String type, String value) {
        assertThat(refused(group("MACHINES", draft("app.example.org", type, value))))
                .containsExactlyInAnyOrder("groups[0].dns[0].live.values");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "app",
                "a..example.org",
                "*.example.org",
                "a b.example.org",
                "app.example.org\n",
                "ä.example.org"
            })
    void isAFullName(String name) {
        assertThat(refused(group("MACHINES", draft(name, "A", "192.0.2.1")))).containsExactly("groups[0].dns[0].name");
    }

    @Test
    void isRefusedWithEveryFieldThatIsWrong() {
        DnsDraft wrong = new DnsDraft(
                "192.0.2.53:53",
                "app.example.org",
                "CNAME",
                Duration.ofMillis(1500),
                "x",
                List.of("a.example.org", "b.example.org"),
                new DnsTestDraft("x", null),
                List.of("192.0.2.1", ""));
        assertThat(refused(group(
                        "MACHINES", wrong, null, draft("b.example.org", "MX", "x"), draft("c.example.org", null))))
                .containsExactlyInAnyOrder(
                        "groups[0].dns[0].server",
                        "groups[0].dns[0].ttl",
                        "groups[0].dns[0].vmId",
                        "groups[0].dns[0].live.values",
                        "groups[0].dns[0].test.name",
                        "groups[0].dns[0].test.values",
                        "groups[0].dns[0].expect",
                        "groups[0].dns[1]",
                        "groups[0].dns[2].type",
                        "groups[0].dns[3].type");
    }

    @Test
    void leadsOnlyToWhatHasAnswered() {
        for (String readiness : List.of("NONE", "NBD_EXPORT")) {
            assertThat(refused(group(readiness, draft("app.example.org", "A", "192.0.2.1"))))
                    .containsExactly("groups[0].dns");
        }
    }

    @Test
    void isInAPlanOnceAndARehearsalsIsNoneOfProduction() {
        DnsDraft rehearsed = new DnsDraft(
                "paris",
                "app.example.org",
                "A",
                null,
                null,
                List.of("192.0.2.1"),
                new DnsTestDraft("DB.example.org", List.of("10.0.0.1")),
                null);
        assertThat(refused(
                        group("MACHINES", draft("db.example.org", "AAAA", "2001:db8::1")),
                        group("MACHINES", rehearsed, draft("app.example.org", "A", "192.0.2.9"))))
                .containsExactlyInAnyOrder("groups[1].dns[0].test.name", "groups[1].dns[1]");
        assertThat(refused(group(
                        "MACHINES",
                        Collections.nCopies(17, draft("a.example.org", "A", "192.0.2.1"))
                                .toArray(DnsDraft[]::new))))
                .containsExactly("groups[0].dns");
        List<GroupDraft> many = new ArrayList<>();
        for (int index = 0; index < 5; index++) {
            DnsDraft[] records = new DnsDraft[13];
            for (int record = 0; record < 13; record++) {
                records[record] = draft("a%d-%d.example.org".formatted(index, record), "A", "192.0.2.1");
            }
            many.add(group("MACHINES", records));
        }
        assertThat(refused(many.toArray(GroupDraft[]::new))).containsExactly("groups");
    }

    @Test
    void ofNoKnownAddressIsRefused() {
        DnsDraft ofNobody = new DnsDraft(
                "paris", "app.example.org", "A", null, UUID.randomUUID().toString(), null, null, null);
        assertThat(refused(group("MACHINES", ofNobody))).containsExactly("groups[0].dns[0].live.values");
    }
}
