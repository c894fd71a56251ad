package io.holdfast.protectiongroup.lifecycle;

/**
 * The word that people and other services read for a lifecycle. TESTING lies over the states in which something can be
 * recovered; the state below goes on by its own rules and is shown beside it.
 */
public final class ShownLifecycle {
    public static final String TESTING = "TESTING";

    private ShownLifecycle() {}

    /** @param testRunning whether a recovery run holds test copies of the group now */
    public static String of(Lifecycle state, boolean testRunning) {
        return testRunning
                ? switch (state) {
                    case Lifecycle.Protected covered -> TESTING;
                    case Lifecycle.Resync covered -> TESTING;
                    case Lifecycle.Paused covered -> TESTING;
                    case Lifecycle.Draft shown -> shown.code();
                    case Lifecycle.InitialSync shown -> shown.code();
                    case Lifecycle.FailingOver shown -> shown.code();
                    case Lifecycle.FailedOver shown -> shown.code();
                    case Lifecycle.Removed shown -> shown.code();
                }
                : state.code();
    }
}
