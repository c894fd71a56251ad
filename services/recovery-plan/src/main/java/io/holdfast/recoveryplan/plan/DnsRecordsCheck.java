package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.dns.DomainName;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.WantedRecord;
import io.holdfast.recoveryplan.plan.ProcedureDraft.DnsDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.DnsTestDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules of {@link PlanRules} that are about names. Whether the settings allow them is seen when they are changed, and by a preflight. */
final class DnsRecordsCheck {
    static final int MAX_RECORDS = 16;
    static final int MAX_OF_PLAN = 64;
    static final int MAX_VALUES = 16;
    static final Duration LONGEST_TTL = Duration.ofDays(1);
    private static final Duration DEFAULT_TTL = Duration.ofMinutes(1);

    /** As a key of the settings can be written in every source of them. */
    private static final Pattern SERVER = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

    private final BiConsumer<String, String> refuse;
    private final Bounds bounds;

    DnsRecordsCheck(BiConsumer<String, String> refuse) {
        this.refuse = refuse;
        this.bounds = new Bounds(refuse);
    }

    /** @param drafts {@code null} if nothing was said */
    List<DnsRecord> check(String field, List<DnsDraft> drafts, Readiness readiness, MachineRules machines) {
        List<DnsDraft> given = drafts == null ? List.of() : drafts;
        if (given.size() > MAX_RECORDS) {
            refuse.accept(field, "at most %d record sets, not %d".formatted(MAX_RECORDS, given.size()));
            return List.of();
        }
        if (!given.isEmpty() && !(readiness instanceof Readiness.Machines)) {
            refuse.accept(field, "names lead only to a group with readiness MACHINES, which has answered");
        }
        List<DnsRecord> records = new ArrayList<>();
        for (int index = 0; index < given.size(); index++) {
            String at = field + "[" + index + "]";
            if (given.get(index) == null) {
                refuse.accept(at, "a record set must not be null");
            } else {
                record(at, given.get(index)).ifPresent(record -> {
                    valuesAreKnown(at, record, machines);
                    records.add(record);
                });
            }
        }
        return records;
    }

    private Optional<DnsRecord> record(String field, DnsDraft draft) {
        if (draft.server() == null || !SERVER.matcher(draft.server()).matches()) {
            refuse.accept(field + ".server", "is the name of a server in the settings: small letters, digits and '-'");
        }
        RecordType type = bounds.word(field + ".type", draft.type(), RecordType.class, null);
        if (type == null) {
            if (draft.type() == null) {
                refuse.accept(field + ".type", "is one of A, AAAA, CNAME and PTR");
            }
            return Optional.empty();
        }
        Duration ttl = bounds.duration(field + ".ttl", draft.ttl(), Duration.ofSeconds(1), LONGEST_TTL, DEFAULT_TTL);
        if (ttl.getNano() != 0) {
            refuse.accept(field + ".ttl", "has whole seconds");
        }
        String name = name(field + ".name", draft.name());
        return Optional.of(new DnsRecord(
                draft.server() == null ? "" : draft.server(),
                name,
                type,
                ttl,
                vm(field + ".vmId", draft.vmId()),
                values(field + ".live.values", draft.live(), type),
                test(field + ".test", draft.test(), type),
                values(field + ".expect", draft.expect(), type)));
    }

    private Optional<DnsRecord.TestRecord> test(String field, DnsTestDraft draft, RecordType type) {
        return Optional.ofNullable(draft)
                .map(test -> new DnsRecord.TestRecord(
                        name(field + ".name", test.name()), values(field + ".values", test.values(), type)));
    }

    private String name(String field, String text) {
        return DomainName.canonical(text).orElseGet(() -> {
            refuse.accept(field, "is a full domain name, such as app.example.org");
            return "";
        });
    }

    private Optional<VmId> vm(String field, String text) {
        try {
            return Optional.ofNullable(text).map(VmId::parse);
        } catch (HoldfastException malformed) {
            refuse.accept(field, malformed.getMessage());
            return Optional.empty();
        }
    }

    private List<String> values(String field, List<String> given, RecordType type) {
        List<String> texts = given == null ? List.of() : given;
        int most = type.isAddress() ? MAX_VALUES : 1;
        List<String> values =
                texts.stream().flatMap(text -> type.canonical(text).stream()).toList();
        if (texts.size() > most || values.size() < texts.size()) {
            String what =
                    switch (type) {
                        case A -> "IPv4 addresses";
                        case AAAA -> "IPv6 addresses";
                        case CNAME, PTR -> "full domain names";
                    };
            refuse.accept(field, "are %s, at most %d".formatted(what, most));
            return List.of();
        }
        return values;
    }

    private void valuesAreKnown(String field, DnsRecord record, MachineRules machines) {
        for (boolean inTest : List.of(false, true)) {
            record.wanted(machines, inTest)
                    .filter(wanted -> wanted.values().values().isEmpty()
                            || wanted.values().values().size() > MAX_VALUES)
                    .ifPresent(_ -> refuse.accept(
                            field + (inTest ? ".test.values" : ".live.values"),
                            "are 1 to %d; without them the VM's cards are given addresses of this type"
                                    .formatted(MAX_VALUES)));
        }
    }

    /** A rehearsal must not meet production, and no two record sets each other. */
    void acrossThePlan(List<RecoveryGroup> groups) {
        long count = groups.stream()
                .mapToLong(group -> group.procedure().dns().size())
                .sum();
        if (count > MAX_OF_PLAN) {
            refuse.accept("groups", "a plan has at most %d record sets, not %d".formatted(MAX_OF_PLAN, count));
        }
        Set<String> live = groups.stream()
                .flatMap(group -> group.procedure().dns().stream())
                .map(DnsRecord::name)
                .collect(Collectors.toSet());
        Set<RecordSet> taken = new HashSet<>();
        for (int index = 0; index < groups.size(); index++) {
            RecoveryGroup group = groups.get(index);
            for (int position = 0; position < group.procedure().dns().size(); position++) {
                String field = "groups[%d].dns[%d]".formatted(index, position);
                DnsRecord record = group.procedure().dns().get(position);
                if (record.test().filter(test -> live.contains(test.name())).isPresent()) {
                    refuse.accept(field + ".test.name", "is a name of production in this plan");
                }
                Stream.of(false, true)
                        .flatMap(inTest -> record.wanted(group.machines(), inTest).stream())
                        .map(WantedRecord::set)
                        .filter(set -> !taken.add(set))
                        .forEach(set -> refuse.accept(field, "%s is in this plan already".formatted(set.text())));
            }
        }
    }
}
