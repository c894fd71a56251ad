package io.holdfast.replicationagent.ownership;

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
        REFUSE
    }
}
