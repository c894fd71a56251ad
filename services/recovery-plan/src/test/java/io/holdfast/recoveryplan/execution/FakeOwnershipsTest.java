package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.support.ManualClock;
import io.holdfast.recoveryplan.support.Samples;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The fake that runs are killed with")
class FakeOwnershipsTest extends OwnershipsContract {
    private final FakeOwnerships fake = new FakeOwnerships(new ManualClock(Samples.NOON));

    @Override
    protected PgId group() {
        return PgId.random();
    }

    @Override
    protected Ownerships subject() {
        return fake;
    }

    @Override
    protected void remove(PgId pg) {
        fake.remove(pg);
    }
}
