package io.holdfast.inventory.adapter.quarkus;

import io.holdfast.inventory.adapter.https.PeerEndpoint;
import io.holdfast.inventory.adapter.https.PeerServer;
import io.holdfast.inventory.mirror.PeerCalls;
import io.holdfast.inventory.pairing.InvitationBook;
import io.holdfast.inventory.pairing.RevocationNotice;
import io.holdfast.inventory.pairing.Transactions;
import io.holdfast.kernel.error.HoldfastException;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Opens the pairing port and does what has to be done between sites now and then. Nothing here keeps the service from starting: a site works alone. */
@Singleton
public class PairingLifecycle {
    private static final Logger LOG = Logger.getLogger(PairingLifecycle.class);

    private final Vertx vertx;
    private final PairingBeans.LinkFiles files;
    private final PairingSettings settings;
    private final PeerEndpoint endpoint;
    private final InvitationBook invitations;
    private final RevocationNotice notice;
    private final PeerCalls calls;
    private final Transactions transactions;
    private Optional<PeerServer> server = Optional.empty();

    public PairingLifecycle(
            Vertx vertx,
            PairingBeans.LinkFiles files,
            PairingSettings settings,
            PeerEndpoint endpoint,
            InvitationBook invitations,
            RevocationNotice notice,
            PeerCalls calls,
            Transactions transactions) {
        this.vertx = vertx;
        this.files = files;
        this.settings = settings;
        this.endpoint = endpoint;
        this.invitations = invitations;
        this.notice = notice;
        this.calls = calls;
        this.transactions = transactions;
    }

    void start(@Observes StartupEvent event) {
        if (files.files().isEmpty() || !settings.listen()) {
            LOG.infof("no pairing port configured=%s listen=%s", files.files().isPresent(), settings.listen());
            return;
        }
        try {
            files.required().load();
            server = Optional.of(
                    new PeerServer(vertx, files.required(), endpoint, settings.listenAddress(), settings.listenPort())
                            .start());
            LOG.infof("pairing port open port=%d", server.get().port());
        } catch (HoldfastException off) {
            LOG.errorf("no pairing port reason=%s", off);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        server.ifPresent(PeerServer::close);
    }

    @Scheduled(every = "1s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void callPeers() {
        if (files.files().isPresent()) {
            calls.callDue();
        }
    }

    @Scheduled(every = "30s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void tellRevocations() {
        if (files.files().isPresent()) {
            notice.tellAll();
        }
    }

    @Scheduled(every = "1h", delayed = "1m", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void forgetOldInvitations() {
        transactions.run(invitations::forgetOld);
    }
}
