package io.holdfast.recoveryplan.support;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** Gives the service under test a {@link FakeJournalStore}, and short times so that tests do not wait. */
public final class FakeJournalStoreResource implements QuarkusTestResourceLifecycleManager {
    private FakeJournalStore store;

    @Override
    public Map<String, String> start() {
        try {
            store = new FakeJournalStore();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return Map.of(
                "holdfast.recovery-plan.journal-store-url", store.url(),
                "holdfast.recovery-plan.scan-interval", "100ms",
                "holdfast.recovery-plan.first-retry-delay", "50ms",
                "holdfast.recovery-plan.longest-retry-delay", "200ms",
                "holdfast.recovery-plan.step-attempts", "3",
                "holdfast.recovery-plan.probe-interval", "100ms",
                "holdfast.recovery-plan.machine-answer-wait", "300ms",
                "holdfast.recovery-plan.machine-start-limit", "1m");
    }

    @Override
    public void stop() {
        try {
            store.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
