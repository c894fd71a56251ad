package io.holdfast.recoveryplan.dns;

import io.holdfast.recoveryplan.support.ManualClock;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The zones of the tests")
class FakeDnsZonesTest extends DnsZonesContract {
    private final ManualClock clock = new ManualClock(Samples.NOON);
    private final FakeDnsZones zones = new FakeDnsZones(clock);

    @Override
    protected DnsZones subject() {
        return zones;
    }

    @Override
    protected Instant now() {
        return clock.instant();
    }

    @Override
    protected void put(RecordSet set, RecordValues values) {
        zones.put(set, values);
    }

    @Override
    protected List<String> seen(RecordSet set) {
        return zones.now(set).values();
    }
}
