package io.holdfast.recoveryplan.adapter.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.dns.DnsZonesContract;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.support.NameServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real BIND. */
@DisplayName("The zones of a real name server")
class Rfc2136ZonesTest extends DnsZonesContract {
    private static final RecordValues NEW = new RecordValues(60, List.of("198.51.100.7"));
    private static NameServer server;

    @TempDir
    Path directory;

    @BeforeAll
    static void startServer() {
        server = NameServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    private static DnsZones zones(String keyName, DnsServer.Algorithm algorithm, Path secret, String... zones) {
        DnsServer paris = new DnsServer(
                "paris", "127.0.0.1", server.port(), List.of(zones), new DnsServer.Key(keyName, algorithm, secret));
        return new Rfc2136Zones(Map.of("paris", paris), new DnsExchange(Duration.ofSeconds(60)), Clock.systemUTC());
    }

    @Override
    protected DnsZones subject() {
        return zones(
                NameServer.KEY,
                DnsServer.Algorithm.HMAC_SHA256,
                server.secretFile(),
                NameServer.ZONE,
                NameServer.REVERSE);
    }

    @Override
    protected Instant now() {
        return Instant.now();
    }

    @Override
    protected void put(RecordSet set, RecordValues values) {
        server.put(set.name(), set.type().name(), values.ttlSeconds(), values.values());
    }

    @Override
    protected List<String> seen(RecordSet set) {
        return server.dig(set.name(), set.type().name()).stream()
                .map(value -> set.type().canonical(value).orElse(value))
                .toList();
    }

    @Test
    void areNotForAKeyThatTheServerDoesNotKnowOrAnotherSecret() throws Exception {
        RecordSet set = set(RecordType.A);
        Path wrong = Files.writeString(
                directory.resolve("wrong"), Base64.getEncoder().encodeToString(new byte[32]));
        DnsZones otherSecret = zones(NameServer.KEY, DnsServer.Algorithm.HMAC_SHA256, wrong, NameServer.ZONE);
        DnsZones otherKey = zones("somebody", DnsServer.Algorithm.HMAC_SHA256, server.secretFile(), NameServer.ZONE);

        for (DnsZones zones : List.of(otherSecret, otherKey)) {
            assertRefused(() -> zones.read(set), DnsError.DNS_KEY_REFUSED);
            assertRefused(() -> zones.replace(set, RecordValues.NONE, NEW, now()), DnsError.DNS_KEY_REFUSED);
        }
        assertThat(seen(set)).isEmpty();
    }

    /** Whatever a plan says: what is not in the settings is not even asked. */
    @Test
    void areOnlyThoseOfTheSettings() throws Exception {
        Path empty = Files.writeString(directory.resolve("empty"), "\n");
        DnsZones subject = subject();
        RecordSet elsewhere = new RecordSet("london", "app.example.test", RecordType.A);
        RecordSet outside = new RecordSet("paris", "app.example.test.attacker.test", RecordType.A);
        RecordSet beside = new RecordSet("paris", "app.notexample.test", RecordType.A);
        for (RecordSet set : List.of(elsewhere, outside, beside)) {
            assertThat(subject.obstacle(set)).isPresent();
            assertRefused(() -> subject.read(set), DnsError.DNS_NOT_ALLOWED);
            assertRefused(() -> subject.replace(set, RecordValues.NONE, NEW, now()), DnsError.DNS_NOT_ALLOWED);
        }
        RecordSet allowed = set(RecordType.A);
        assertThat(subject.obstacle(allowed)).isEmpty();
        for (Path secret : List.of(empty, directory.resolve("none"))) {
            DnsZones without = zones(NameServer.KEY, DnsServer.Algorithm.HMAC_SHA256, secret, NameServer.ZONE);
            assertThat(without.obstacle(allowed)).isPresent();
            assertRefused(() -> without.read(allowed), DnsError.DNS_NOT_ALLOWED);
        }
    }

    @Test
    void areNotThoseThatTheServerDoesNotHave() {
        DnsZones zones = zones(NameServer.KEY, DnsServer.Algorithm.HMAC_SHA256, server.secretFile(), "example.org");
        RecordSet set = new RecordSet("paris", "app.example.org", RecordType.A);

        assertRefused(() -> zones.read(set), DnsError.DNS_REFUSED);
        assertRefused(() -> zones.replace(set, RecordValues.NONE, NEW, now()), DnsError.DNS_REFUSED);
    }

    @Test
    void areUnreachableWhenNobodyListens() {
        NameServer gone = NameServer.start();
        gone.close();
        DnsServer paris = new DnsServer(
                "paris",
                "127.0.0.1",
                gone.port(),
                List.of(NameServer.ZONE),
                new DnsServer.Key(NameServer.KEY, DnsServer.Algorithm.HMAC_SHA256, server.secretFile()));
        DnsZones zones =
                new Rfc2136Zones(Map.of("paris", paris), new DnsExchange(Duration.ofSeconds(60)), Clock.systemUTC());

        assertRefused(() -> zones.read(set(RecordType.A)), DnsError.DNS_UNREACHABLE);
    }
}
