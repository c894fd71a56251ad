package io.holdfast.recoveryplan.adapter.dns;

import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.dns.DomainName;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The servers that the settings name. */
public final class DnsServers {
    private DnsServers() {}

    /** @throws IllegalArgumentException if a zone, or the name of a key, is no domain name */
    public static DnsZones zones(RecoveryPlanSettings.Dns settings, Clock clock) {
        Map<String, DnsServer> servers = new HashMap<>();
        settings.servers().forEach((name, server) -> servers.put(name, server(name, server)));
        return new Rfc2136Zones(servers, new DnsExchange(settings.timeout()), clock);
    }

    private static DnsServer server(String name, RecoveryPlanSettings.Server settings) {
        String setting = "holdfast.recovery-plan.dns.servers." + name;
        List<String> zones = settings.zones().stream()
                .map(zone -> DomainName.canonical(zone)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "%s.zones: '%s' is no domain name".formatted(setting, zone))))
                .toList();
        return new DnsServer(
                name,
                settings.address(),
                settings.port(),
                zones,
                new DnsServer.Key(
                        keyName(setting, settings.keyName()),
                        DnsServer.Algorithm.valueOf(settings.algorithm().name()),
                        settings.secretFile()));
    }

    /** Unlike a zone's, the name of a key often has one label. */
    private static String keyName(String setting, String name) {
        return DomainName.canonical(name + ".x")
                .map(canonical -> canonical.substring(0, canonical.length() - 2))
                .orElseThrow(() ->
                        new IllegalArgumentException("%s.key-name: '%s' is no domain name".formatted(setting, name)));
    }
}
