package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.mirror.GroupBoard;
import io.holdfast.inventory.mirror.Health;
import io.holdfast.inventory.mirror.MirrorBook;
import io.holdfast.inventory.mirror.OwnStatus;
import io.holdfast.inventory.mirror.PeerCalls;
import io.holdfast.inventory.mirror.PeerView;
import io.holdfast.inventory.pairing.Invitation;
import io.holdfast.inventory.pairing.InvitationBook;
import io.holdfast.inventory.pairing.InvitationBook.Issued;
import io.holdfast.inventory.pairing.Joining;
import io.holdfast.inventory.pairing.MemoryPairing;
import io.holdfast.inventory.pairing.Pairing;
import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.inventory.pairing.PeerBook;
import io.holdfast.inventory.pairing.PeerToken;
import io.holdfast.inventory.pairing.RevocationNotice;
import io.holdfast.inventory.pairing.Transactions;
import io.holdfast.inventory.site.SiteBook;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VmId;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** One side of the link: the adapter as it is, on a port of the loopback, with certificates from an authority of its own, over stores in memory. */
public final class TestSite implements AutoCloseable {
    static final Duration CALL_LIMIT = Duration.ofSeconds(60);
    static final Duration LIFE = Duration.ofHours(1);
    /** Far longer than a slow machine needs between two looks: tests move the clock. */
    static final Duration STALE_AFTER = Duration.ofMinutes(10);

    private static final PeerCalls.Pace PACE =
            new PeerCalls.Pace(Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofMinutes(5));

    final SiteId id;
    final String name;
    final SiteAuthority authority;
    final MemoryPairing memory;
    final SteppedClock clock = new SteppedClock();
    final PeerBook peers;
    final InvitationBook invitations;
    final PeerClient client;
    final Joining joining;
    final RevocationNotice notice;
    private Life process;
    MirrorBook mirrors;
    PeerCalls calls;
    private PeerView view;
    volatile GroupBoard board;
    private final Vertx vertx;
    private final SiteFiles files;
    private PeerEndpoint endpoint;
    private PeerServer server;

    public TestSite(Path folder, Vertx vertx, String name) {
        this(SiteId.random(), name, new SiteAuthority(folder, name), vertx);
    }

    TestSite(SiteId id, String name, SiteAuthority authority, Vertx vertx) {
        this(id, name, authority, authority.of(id), vertx);
    }

    /** @param files what it shows to others */
    TestSite(SiteId id, String name, SiteAuthority authority, SiteFiles files, Vertx vertx) {
        this.id = id;
        this.name = name;
        this.authority = authority;
        this.files = files;
        this.vertx = vertx;
        memory = new MemoryPairing();
        invitations = new InvitationBook(memory.invitations(), clock);
        peers = new PeerBook(memory.peers(), invitations, new SiteBook(memory.sites()), id, clock);
        client = new PeerClient(() -> files, CALL_LIMIT);
        joining = new Joining(peers, client, memory, name);
        notice = new RevocationNotice(memory.peers(), peers, client, memory, clock);
        board = new GroupBoard(name, clock);
        begin();
    }

    private void begin() {
        process = new Life(memory);
        mirrors = new MirrorBook(memory.mirrors(), peers, () -> board.now(), clock);
        calls = new PeerCalls(memory.peers(), peers, mirrors, client, process, clock, PACE);
        view = new PeerView(mirrors, calls, STALE_AFTER, clock);
        endpoint = new PeerEndpoint(peers, mirrors, memory, name);
    }

    /** As when a database is put back: no process that knows of anything later goes on. */
    void restartFrom(Optional<OwnStatus> backup) {
        process.end();
        memory.restoreOwn(backup);
        begin();
    }

    /** The transactions of one life of the site's process: behind its end nothing that was under way writes or reads any more. */
    private static final class Life implements Transactions {
        private final MemoryPairing memory;
        private boolean ended;

        Life(MemoryPairing memory) {
            this.memory = memory;
        }

        void end() {
            synchronized (memory) {
                ended = true;
            }
        }

        @Override
        public <T> T call(Supplier<T> work) {
            synchronized (memory) {
                if (ended) {
                    throw new MemoryPairing.Died();
                }
                return memory.call(work);
            }
        }
    }

    /** Time that goes on as it does, and can be moved. */
    static final class SteppedClock extends Clock {
        private volatile Duration ahead = Duration.ZERO;

        void forward(Duration by) {
            ahead = ahead.plus(by);
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(ahead);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    public SiteId id() {
        return id;
    }

    public void openPort() {
        listen();
    }

    public int openedPort() {
        return port();
    }

    /** A token as an administrator would carry it. */
    public String inviteOut() {
        return invite().token().encoded();
    }

    /** A group with one VM, in the best of health. */
    public void protects(String group) {
        board.readWhole();
        var vm = new GroupBoard.Member(VmId.random(), "db", 0, "");
        board.seen(new GroupBoard.Seen(PgId.random(), group, "PROTECTED", Health.OK, List.of(vm)));
    }

    public boolean hasHeard(String site) {
        return memory.call(() -> mirrors.of(SiteId.parse(site))).isPresent();
    }

    /** Opens the pairing port, on the port that it had before if there was one. */
    TestSite listen() {
        server = new PeerServer(vertx, files, endpoint, "127.0.0.1", server == null ? 0 : server.port()).start();
        return this;
    }

    void deaf() {
        server.close();
    }

    int port() {
        return server.port();
    }

    PeerAddress address() {
        return new PeerAddress("127.0.0.1", port());
    }

    Issued invite() {
        return invite(address());
    }

    Issued invite(PeerAddress at) {
        return memory.call(() -> invitations.invite(files.load().self(), at, LIFE, "ada"));
    }

    Invitation invitation(Issued issued) {
        return memory.call(
                () -> memory.invitations().lock(issued.invitation().id()).orElseThrow());
    }

    public Peer join(PeerToken token) {
        return joining.join(token);
    }

    PeerView.Seen seen(TestSite other) {
        return memory.call(() -> view.of(memory.peers().find(other.id).orElseThrow()));
    }

    Pairing pairingWith(TestSite other) {
        return memory.peer(other.id).orElseThrow().pairing();
    }

    boolean knows(TestSite other) {
        return memory.peer(other.id).isPresent();
    }

    void revoke(TestSite other) {
        memory.run(() -> peers.revoke(other.id));
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
