package io.holdfast.replicationagent;

import io.holdfast.kernel.error.HoldfastException;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;

/**
 * The process. It ends with code 0 after a clean stop; with code 1 and one line {@code CODE: sentence} on the error output when the agent cannot
 * start.
 */
@QuarkusMain
public final class AgentApplication {
    private AgentApplication() {}

    public static void main(String... args) {
        Quarkus.run(Serve.class, AgentApplication::ended, args);
    }

    private static void ended(int exitCode, Throwable failure) {
        if (failure == null) {
            System.exit(exitCode);
        }
        System.err.println(lineFor(failure));
        System.exit(exitCode == 0 ? 1 : exitCode);
    }

    /** The stable code and sentence of what kept the agent from starting, looked up through the causes. */
    static String lineFor(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof HoldfastException known) {
                return known.toString();
            }
            if (cause.getClass().getName().startsWith("io.smallrye.config.")) {
                return "INVALID_CONFIGURATION: " + cause.getMessage();
            }
        }
        return "INTERNAL: " + failure;
    }

    /** Waits for the signal to stop; the agent itself is started and stopped by {@link AgentLifecycle}. */
    public static final class Serve implements QuarkusApplication {
        @Override
        public int run(String... args) {
            Quarkus.waitForExit();
            return 0;
        }
    }
}
