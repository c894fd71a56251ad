package io.holdfast.replicationagent.ownership;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Duration;

/**
 * What holds after a restart of the host: nobody runs yet, and the site may have been given up meanwhile.
 *
 * @param bootId of the host now; other than at the last start means that it was restarted
 * @param confirmLimit how long exports wait for a router to tell the ownerships, 0 to 1 h
 * @param unconfirmed what follows when none has
 */
public record RestartRule(String bootId, Duration confirmLimit, Unconfirmed unconfirmed) {
    public enum Unconfirmed {
        /** The disks are served: a protected site must start without its recovery site. */
        SERVE,
        /** They are refused until a router tells: never two, at the price of needing one. */
        REFUSE;

        /** @throws HoldfastException {@code INVALID_CONFIGURATION} */
        public static Unconfirmed parse(String text) {
            for (Unconfirmed one : values()) {
                if (one.name().equalsIgnoreCase(text.strip())) {
                    return one;
                }
            }
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "holdfast.agent.ownership.unconfirmed is '%s'; SERVE and REFUSE are allowed".formatted(text));
        }
    }
}
