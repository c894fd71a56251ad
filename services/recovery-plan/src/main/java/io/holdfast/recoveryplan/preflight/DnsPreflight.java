package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.dns.WantedRecord;
import io.holdfast.recoveryplan.plan.DnsRecord;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds names that could not be led to what a run recovers; docs/dns.md has the table. */
public final class DnsPreflight {
    private static final Duration LONG = Duration.ofHours(1);

    private final DnsZones zones;
    private final boolean ask;
    private final Duration longestTtl;
    private final List<Finding> findings = new ArrayList<>();
    /** Asked once in vain: a preflight must not wait for 64 timeouts. */
    private final Set<String> silent = new HashSet<>();

    private DnsPreflight(DnsZones zones, boolean ask, Duration longestTtl) {
        this.zones = zones;
        this.ask = ask;
        this.longestTtl = longestTtl;
    }

    /** @param ask whether servers are asked; else only the settings are looked at */
    public static List<Finding> check(PlanDefinition plan, DnsZones zones, Set<Purpose> purposes, boolean ask) {
        DnsPreflight preflight =
                new DnsPreflight(zones, ask, plan.objectives().rto().orElse(LONG));
        for (RecoveryGroup group : plan.groups()) {
            for (DnsRecord record : group.procedure().dns()) {
                for (Purpose purpose : purposes) {
                    record.wanted(group.machines(), purpose == Purpose.TEST)
                            .ifPresent(wanted -> preflight.check(
                                    group, wanted, purpose == Purpose.TEST ? List.of() : record.expect()));
                }
            }
        }
        return List.copyOf(preflight.findings);
    }

    private void check(RecoveryGroup group, WantedRecord wanted, List<String> expect) {
        RecordSet set = wanted.set();
        Optional<String> obstacle = zones.obstacle(set);
        if (obstacle.isPresent()) {
            add(Code.DNS_NOT_ALLOWED, group, set.text() + ": " + obstacle.get());
        } else if (ask && !silent.contains(set.server())) {
            look(group, wanted, expect);
        }
    }

    private void look(RecoveryGroup group, WantedRecord wanted, List<String> expect) {
        RecordSet set = wanted.set();
        try {
            RecordValues now = zones.read(set).values();
            if (!wanted.mayReplace(now, expect)) {
                add(
                        Code.DNS_RECORD_UNEXPECTED,
                        group,
                        "%s says %s; the plan expects %s".formatted(set.text(), now.text(), String.join(", ", expect)));
            }
            if (Duration.ofSeconds(now.ttlSeconds()).compareTo(longestTtl) > 0) {
                add(
                        Code.DNS_TTL_LONG,
                        group,
                        "%s has a TTL of %d s: for so long resolvers may lead to where it was, longer than %s"
                                .formatted(set.text(), now.ttlSeconds(), longestTtl));
            }
        } catch (HoldfastException failed) {
            if (failed.code() == DnsError.DNS_RECORD_UNEXPECTED) {
                add(Code.DNS_RECORD_UNEXPECTED, group, failed.getMessage());
            } else {
                silent.add(set.server());
                add(Code.DNS_UNREACHABLE, group, failed.code().name() + ": " + failed.getMessage());
            }
        }
    }

    private void add(Code code, RecoveryGroup group, String message) {
        findings.add(Finding.about(code, group.name(), message));
    }
}
