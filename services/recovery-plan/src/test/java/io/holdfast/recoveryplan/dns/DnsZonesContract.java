package io.holdfast.recoveryplan.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link DnsZones} promises, for a real server and for the fake of the tests alike. */
public abstract class DnsZonesContract {
    private static final RecordValues OLD = new RecordValues(300, List.of("192.0.2.1", "192.0.2.2"));
    private static final RecordValues NEW = new RecordValues(60, List.of("198.51.100.7"));

    protected abstract DnsZones subject();

    /** The present, as the subject's messages are signed. */
    protected abstract Instant now();

    /** Somebody else writes it, whatever was there. */
    protected abstract void put(RecordSet set, RecordValues values);

    /** What somebody else sees, without the TTL; in order. */
    protected abstract List<String> seen(RecordSet set);

    /** A name that nobody has used. */
    protected RecordSet set(RecordType type) {
        String name = "n" + UUID.randomUUID().toString().substring(0, 8);
        return new RecordSet(
                "paris", name + (type == RecordType.PTR ? ".2.0.192.in-addr.arpa" : ".example.test"), type);
    }

    private static RecordValues values(RecordType type, int number) {
        return new RecordValues(
                120,
                List.of(
                        switch (type) {
                            case A -> "192.0.2." + number;
                            case AAAA -> "2001:db8:0:0:0:0:0:" + number;
                            case CNAME, PTR -> "host" + number + ".example.test";
                        }));
    }

    @ParameterizedTest
    @EnumSource
    void replacesWhatIsStillAsExpectedAndNothingElse(RecordType type) {
        RecordSet set = set(type);
        assertThat(subject().read(set).values()).isEqualTo(RecordValues.NONE);

        assertThat(subject().replace(set, RecordValues.NONE, values(type, 1), now()))
                .isTrue();
        assertThat(subject().read(set).values()).isEqualTo(values(type, 1));
        assertThat(seen(set)).isEqualTo(values(type, 1).values());

        assertThat(subject().replace(set, RecordValues.NONE, values(type, 2), now()))
                .isFalse();
        assertThat(subject().replace(set, values(type, 3), values(type, 2), now()))
                .isFalse();
        assertThat(seen(set)).isEqualTo(values(type, 1).values());

        assertThat(subject().replace(set, values(type, 1), RecordValues.NONE, now()))
                .isTrue();
        assertThat(subject().read(set).values()).isEqualTo(RecordValues.NONE);
        assertThat(subject().replace(set, values(type, 1), values(type, 2), now()))
                .isFalse();
        assertThat(seen(set)).isEmpty();
    }

    @Test
    void comparesAllValuesAndNotTheTtl() {
        RecordSet set = set(RecordType.A);
        put(set, OLD);
        assertThat(subject().read(set).values()).isEqualTo(OLD);

        RecordValues one = new RecordValues(300, OLD.values().subList(0, 1));
        assertThat(subject().replace(set, one, NEW, now())).as("there are two").isFalse();
        assertThat(subject().replace(set, new RecordValues(5, OLD.values()), NEW, now()))
                .isTrue();
        assertThat(subject().read(set).values()).isEqualTo(NEW);
    }

    @Test
    void leavesOtherTypesOfTheNameAlone() {
        RecordSet four = set(RecordType.A);
        RecordSet six = new RecordSet(four.server(), four.name(), RecordType.AAAA);
        put(four, OLD);
        put(six, values(RecordType.AAAA, 6));

        assertThat(subject().replace(four, OLD, RecordValues.NONE, now())).isTrue();

        assertThat(seen(six)).isEqualTo(values(RecordType.AAAA, 6).values());
    }

    @Test
    void putsNothingBesideAnAliasAndReadsNothingThroughIt() {
        RecordSet set = set(RecordType.A);
        RecordSet alias = new RecordSet(set.server(), set.name(), RecordType.CNAME);
        put(alias, values(RecordType.CNAME, 4));

        assertRefused(() -> subject().read(set), DnsError.DNS_RECORD_UNEXPECTED);
        subject().replace(set, RecordValues.NONE, NEW, now());

        assertThat(subject().read(alias).values()).isEqualTo(values(RecordType.CNAME, 4));
    }

    @Test
    void refusesAMessageWhoseSignatureIsTooOldAndTellsItsOwnTime() {
        RecordSet set = set(RecordType.A);
        put(set, OLD);
        Instant before = now().minusSeconds(2);

        Instant old = now().minus(DnsZones.VALIDITY).minusSeconds(5);
        assertRefused(() -> subject().replace(set, OLD, NEW, old), DnsError.DNS_CLOCK_DIFFERS);

        DnsZones.Seen seen = subject().read(set);
        assertThat(seen.values()).isEqualTo(OLD);
        assertThat(seen.serverTime())
                .as("both clocks are this machine's")
                .isBetween(before, now().plus(Duration.ofSeconds(2)));
    }

    protected static void assertRefused(Runnable call, DnsError code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .as(refused.getMessage())
                        .isEqualTo(code));
    }
}
