package io.holdfast.inventory.adapter.quarkus;

import io.holdfast.inventory.adapter.https.PeerClient;
import io.holdfast.inventory.mirror.GroupBoard;
import io.holdfast.inventory.mirror.MirrorBook;
import io.holdfast.inventory.mirror.Mirrors;
import io.holdfast.inventory.mirror.PeerCalls;
import io.holdfast.inventory.mirror.PeerView;
import io.holdfast.inventory.pairing.PeerBook;
import io.holdfast.inventory.pairing.Peers;
import io.holdfast.inventory.pairing.Transactions;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;

/** Joins mirrored status with its adapters. */
@Singleton
public class MirrorBeans {
    /** Two calls in a row, and some. */
    private static final int LEASE_CALLS = 3;

    @Produces
    @Singleton
    GroupBoard board(InventorySettings settings, Clock clock) {
        return new GroupBoard(settings.siteName(), clock);
    }

    @Produces
    @Singleton
    MirrorBook mirrors(Mirrors mirrors, PeerBook peers, GroupBoard board, Clock clock) {
        return new MirrorBook(mirrors, peers, board, clock);
    }

    @Produces
    @Singleton
    PeerView view(MirrorBook mirrors, PeerCalls calls, PairingSettings settings, Clock clock) {
        return new PeerView(mirrors, calls, settings.staleAfter(), clock);
    }

    @Produces
    @Singleton
    PeerCalls calls(
            Peers peers,
            PeerBook book,
            MirrorBook mirrors,
            PeerClient link,
            Transactions transactions,
            Clock clock,
            PairingSettings settings) {
        Duration lease = settings.callLimit().multipliedBy(LEASE_CALLS).plus(settings.interval());
        return new PeerCalls(
                peers,
                book,
                mirrors,
                link,
                transactions,
                clock,
                new PeerCalls.Pace(settings.interval(), settings.longestInterval(), lease));
    }
}
