package io.holdfast.inventory.adapter.https;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.inventory.pairing.Fingerprint;
import io.holdfast.inventory.pairing.Invitation;
import io.holdfast.inventory.pairing.InvitationBook.Issued;
import io.holdfast.inventory.pairing.MemoryPairing.Death;
import io.holdfast.inventory.pairing.MemoryPairing.Died;
import io.holdfast.inventory.pairing.Pairing;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.inventory.pairing.PeerToken;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.testkit.net.WanProxy;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** docs/pairing.md, "Join" and "The pairing's states", over real TLS between two sites. */
@DisplayName("Two sites")
class PairingLinkTest {
    @TempDir
    static Path folder;

    private static Vertx vertx;
    private static SiteAuthority authorityOfA;
    private static SiteAuthority authorityOfB;
    private static SiteAuthority authorityOfC;
    private static SiteFiles filesOfA;
    private static SiteFiles filesOfB;

    private final List<TestSite> sites = new ArrayList<>();
    private final TestSite a = site(new TestSite(filesOfA.site(), "a", authorityOfA, filesOfA, vertx));
    private final TestSite b = site(new TestSite(filesOfB.site(), "b", authorityOfB, filesOfB, vertx))
            .listen();

    @BeforeAll
    static void authorities() {
        vertx = Vertx.vertx();
        authorityOfA = new SiteAuthority(folder, "authority-a");
        authorityOfB = new SiteAuthority(folder, "authority-b");
        filesOfA = authorityOfA.of(SiteId.random());
        filesOfB = authorityOfB.of(SiteId.random());
        authorityOfC = new SiteAuthority(folder, "authority-c");
    }

    @AfterAll
    static void noEventLoops() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @AfterEach
    void closePorts() {
        sites.forEach(TestSite::close);
    }

    private TestSite site(String name, SiteAuthority authority) {
        return site(new TestSite(SiteId.random(), name, authority, vertx));
    }

    private TestSite site(TestSite made) {
        sites.add(made);
        return made;
    }

    private static ErrorCode refusal(Runnable attempt) {
        try {
            attempt.run();
        } catch (HoldfastException refused) {
            return refused.code();
        }
        throw new AssertionError("it was not refused");
    }

    @Test
    void that_were_paired_have_each_other_s_authority_and_name_and_b_has_no_way_to_a() {
        Issued issued = b.invite();

        Peer ofA = a.join(issued.token());

        assertThat(ofA).satisfies(peer -> {
            assertThat(peer.name()).isEqualTo("b");
            assertThat(peer.authority()).isEqualTo(authorityOfB.certificate());
            assertThat(peer.calledAt()).contains(b.address());
            assertThat(peer.stands()).isTrue();
        });
        assertThat(b.memory.peer(a.id)).hasValueSatisfying(peer -> {
            assertThat(peer.name()).isEqualTo("a");
            assertThat(peer.authority()).isEqualTo(authorityOfA.certificate());
            assertThat(peer.calledAt()).as("outbound connections of A only").isEmpty();
            assertThat(peer.stands()).isTrue();
        });
        assertThat(b.invitation(issued).state())
                .isInstanceOfSatisfying(Invitation.State.Used.class, used -> assertThat(used.by())
                        .isEqualTo(a.id));
    }

    @Test
    void are_paired_through_a_NAT_that_shows_b_another_address_of_a() {
        try (WanProxy nat = new WanProxy(b.port(), WanProxy.Line.FAST)) {
            PeerAddress outside = new PeerAddress("localhost", nat.port());

            a.join(b.invite(outside).token());

            assertThat(a.memory.peer(b.id).flatMap(Peer::calledAt)).contains(outside);
            assertThat(b.knows(a)).isTrue();
        }
    }

    @Test
    void may_have_one_authority_for_both_as_their_names_differ() {
        TestSite sister = site("sister", authorityOfB);

        sister.join(b.invite().token());

        assertThat(b.pairingWith(sister)).isInstanceOf(Pairing.Paired.class);
        PeerToken own = b.invite().token();
        assertThat(refusal(() -> b.join(own))).isEqualTo(PairingError.PAIRING_WITH_ITSELF);
    }

    @Test
    void do_not_say_a_word_where_another_authority_answers() throws Exception {
        try (Impostor impostor = new Impostor(authorityOfC.of(b.id))) {
            Issued issued = b.invite(new PeerAddress("127.0.0.1", impostor.port()));

            assertThat(refusal(() -> a.join(issued.token()))).isEqualTo(PairingError.PEER_PIN_MISMATCH);

            assertThat(impostor.heard()).as("neither a certificate nor a byte").isEqualTo("nothing");
            assertThat(a.knows(b)).isFalse();
            assertThat(b.invitation(issued).state()).isEqualTo(new Invitation.State.Open());
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "URI:spiffe://holdfast/site/11111111-0000-4000-8000-000000000001/control, PEER_NAME_MISMATCH",
        "URI:spiffe://holdfast/site/OWN/agent/11111111-0000-4000-8000-000000000002, PEER_NAME_MISMATCH",
        "'URI:spiffe://holdfast/site/OWN/control,URI:spiffe://holdfast/site/OWN/router', PEER_NAME_MISMATCH",
        "DNS:localhost, PEER_NAME_MISMATCH"
    })
    void do_not_say_a_word_to_another_name_of_the_right_authority(String names, PairingError code) throws Exception {
        String own = names.replace("OWN", b.id.toString());
        try (Impostor impostor = new Impostor(authorityOfB.issue(b.id, own, "serverAuth,clientAuth"))) {
            Issued issued = b.invite(new PeerAddress("127.0.0.1", impostor.port()));

            assertThat(refusal(() -> a.join(issued.token()))).isEqualTo(code);

            assertThat(impostor.heard()).isEqualTo("nothing");
        }
    }

    @Test
    void do_not_pair_when_the_caller_s_certificate_is_an_agent_s() {
        String agent = "URI:spiffe://holdfast/site/%s/agent/%s".formatted(a.id, UUID.randomUUID());
        Issued issued = b.invite();
        Impostor.Caller caller = new Impostor.Caller(authorityOfA.issue(a.id, agent, "clientAuth"));

        assertThat(caller.says(b.port(), "POST", PeerWire.JOIN, "{}")).isEqualTo("no TLS");

        assertThat(b.invitation(issued).state()).isEqualTo(new Invitation.State.Open());
    }

    @Test
    void use_an_invitation_once_and_the_same_site_may_say_it_again() {
        PeerToken token = b.invite().token();
        a.join(token);
        Pairing before = b.pairingWith(a);

        a.join(token);

        assertThat(b.pairingWith(a)).as("nothing was changed").isEqualTo(before);
        TestSite other = site("other", authorityOfC);
        assertThat(refusal(() -> other.join(token))).isEqualTo(PairingError.INVITATION_USED);
        assertThat(other.knows(b)).isFalse();
        TestSite sameNameOtherAuthority = new TestSite(a.id, "a", authorityOfC, vertx);
        assertThat(refusal(() -> sameNameOtherAuthority.join(token))).isEqualTo(PairingError.INVITATION_USED);
    }

    @Test
    void do_not_take_an_invitation_that_has_expired_but_the_site_that_used_it_in_time_may_finish() {
        PeerToken late = b.invite().token();
        PeerToken used = b.invite().token();
        a.join(used);
        a.memory.forgetPeers();

        b.clock.forward(TestSite.LIFE);

        TestSite other = site("other", authorityOfC);
        assertThat(refusal(() -> other.join(late))).isEqualTo(PairingError.INVITATION_EXPIRED);
        assertThat(a.join(used).stands()).isTrue();
    }

    @Test
    void do_not_take_an_invitation_that_was_revoked() {
        Issued issued = b.invite();
        b.memory.run(() -> b.invitations.revoke(issued.invitation().id()));

        assertThat(refusal(() -> a.join(issued.token()))).isEqualTo(PairingError.INVITATION_REVOKED);
        assertThat(a.knows(b)).isFalse();
        assertThat(b.knows(a)).isFalse();
    }

    @Test
    void do_not_tell_a_wrong_secret_from_an_invitation_that_never_was() {
        PeerToken token = b.invite().token();
        byte[] guessed = token.secret();
        guessed[31] ^= 1;
        var wrongSecret = new PeerToken(token.site(), token.authority(), token.invitation(), guessed, token.address());
        var wrongId =
                new PeerToken(token.site(), token.authority(), UUID.randomUUID(), token.secret(), token.address());

        assertThat(refusal(() -> a.join(wrongSecret))).isEqualTo(PairingError.INVITATION_UNKNOWN);
        assertThat(refusal(() -> a.join(wrongId))).isEqualTo(PairingError.INVITATION_UNKNOWN);
        assertThat(a.join(token).stands()).as("the guesses did no harm").isTrue();
    }

    @Test
    void end_well_when_one_site_joins_twice_at_once() throws Exception {
        PeerToken token = b.invite().token();

        assertThat(atOnce(() -> a.join(token), () -> a.join(token))).containsExactly("PAIRED", "PAIRED");

        assertThat(a.pairingWith(b)).isInstanceOf(Pairing.Paired.class);
        assertThat(b.pairingWith(a)).isInstanceOf(Pairing.Paired.class);
    }

    @Test
    void end_with_one_pair_when_two_sites_join_with_one_token_at_once() throws Exception {
        PeerToken token = b.invite().token();
        TestSite c = site("c", authorityOfC);

        assertThat(atOnce(() -> a.join(token), () -> c.join(token)))
                .containsExactlyInAnyOrder("PAIRED", "INVITATION_USED");

        assertThat(b.knows(a)).isEqualTo(a.knows(b));
        assertThat(b.knows(c)).isEqualTo(c.knows(b)).isNotEqualTo(b.knows(a));
    }

    @SafeVarargs
    private static List<String> atOnce(Callable<Peer>... joins) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Peer>> running = new ArrayList<>();
            for (Callable<Peer> join : joins) {
                running.add(threads.submit(join));
            }
            List<String> ends = new ArrayList<>();
            for (Future<Peer> one : running) {
                try {
                    ends.add(one.get(90, TimeUnit.SECONDS).stands() ? "PAIRED" : "REVOKED");
                } catch (ExecutionException refused) {
                    ends.add(((HoldfastException) refused.getCause()).code().name());
                }
            }
            return ends;
        }
    }

    /** @param usedUp whether the token is spent for other sites then */
    private record Crash(String where, boolean atA, Death point, int after, boolean usedUp) {
        @Override
        public String toString() {
            return where;
        }
    }

    static Stream<Crash> crashes() {
        return Stream.of(
                new Crash("A before it calls", true, Death.BEFORE_COMMIT, 0, false),
                new Crash("B before its commit", false, Death.BEFORE_COMMIT, 0, false),
                new Crash("B behind its commit, before its answer", false, Death.AFTER_COMMIT, 0, true),
                new Crash("A behind B's answer, before its commit", true, Death.BEFORE_COMMIT, 1, true),
                new Crash("A behind its commit", true, Death.AFTER_COMMIT, 1, true));
    }

    @ParameterizedTest(name = "dies: {0}")
    @MethodSource("crashes")
    void are_unpaired_or_finish_with_the_same_token_whichever_dies_between_two_steps(Crash crash) {
        Issued issued = b.invite();
        TestSite dying = crash.atA() ? a : b;
        dying.memory.dieAt(crash.point(), crash.after());
        try {
            a.join(issued.token());
            throw new AssertionError("nobody died");
        } catch (Died | HoldfastException expected) {
            // As the one that dies, or as the one that waits for it.
        }
        dying.memory.live();

        assertThat(b.knows(a)).isEqualTo(crash.usedUp());
        assertThat(b.invitation(issued).state())
                .isInstanceOf(crash.usedUp() ? Invitation.State.Used.class : Invitation.State.Open.class);
        if (a.knows(b)) {
            assertThat(b.knows(a))
                    .as("A never believes in a pairing that B has not")
                    .isTrue();
        }
        if (crash.usedUp()) {
            TestSite thief = site("thief", authorityOfC);
            assertThat(refusal(() -> thief.join(issued.token()))).isEqualTo(PairingError.INVITATION_USED);
        }
        assertThat(a.join(issued.token()).stands()).isTrue();
        assertThat(b.pairingWith(a)).isInstanceOf(Pairing.Paired.class);
    }

    @Test
    void are_as_they_were_when_the_line_breaks_and_pair_when_it_is_back() {
        try (WanProxy line = new WanProxy(b.port(), WanProxy.Line.FAST)) {
            PeerToken token =
                    b.invite(new PeerAddress("127.0.0.1", line.port())).token();
            line.down(true);

            assertThat(refusal(() -> a.join(token))).isEqualTo(PairingError.PEER_UNREACHABLE);
            assertThat(a.knows(b)).isFalse();

            line.down(false);
            assertThat(a.join(token).stands()).isTrue();
        }
    }

    @Test
    void do_not_pair_a_second_way_before_the_first_was_revoked() {
        a.join(b.invite().token());
        a.listen();
        PeerToken back = a.invite().token();
        TestSite impostor = new TestSite(a.id, "a", authorityOfC, vertx);
        PeerToken next = b.invite().token();

        assertThat(refusal(() -> b.join(back))).isEqualTo(PairingError.PEER_EXISTS);
        assertThat(refusal(() -> impostor.join(next))).isEqualTo(PairingError.PEER_EXISTS);
        assertThat(Fingerprint.of(b.memory.peer(a.id).orElseThrow().authority()))
                .isEqualTo(authorityOfA.fingerprint());

        b.revoke(a);
        assertThat(impostor.join(next).stands())
                .as("as an authority that was replaced")
                .isTrue();
    }

    @Test
    void that_lost_a_database_pair_anew_with_a_new_token() {
        a.join(b.invite().token());
        a.memory.forgetPeers();

        a.join(b.invite().token());

        assertThat(a.pairingWith(b)).isInstanceOf(Pairing.Paired.class);
        assertThat(b.pairingWith(a)).isInstanceOf(Pairing.Paired.class);
    }

    @Test
    void hear_of_a_revocation_by_the_side_that_calls_as_soon_as_the_line_allows() {
        try (WanProxy line = new WanProxy(b.port(), WanProxy.Line.FAST)) {
            a.join(b.invite(new PeerAddress("127.0.0.1", line.port())).token());
            line.down(true);
            a.revoke(b);

            a.notice.tellAll();

            assertThat(b.pairingWith(a)).as("it cannot know yet").isInstanceOf(Pairing.Paired.class);
            line.down(false);
            a.notice.tellAll();
            assertThat(b.pairingWith(a)).isInstanceOf(Pairing.RevokedByPeer.class);
            assertThat(a.pairingWith(b))
                    .isInstanceOfSatisfying(Pairing.Revoked.class, revoked -> assertThat(revoked.tellUntil())
                            .isEmpty());
            long connections = line.connections();
            a.notice.tellAll();
            assertThat(line.connections()).as("told once").isEqualTo(connections);
        }
    }

    @Test
    void give_up_telling_after_a_week() {
        a.join(b.invite().token());
        a.revoke(b);
        b.deaf();
        a.clock.forward(Pairing.TELLING_LIMIT.plusSeconds(1));

        a.notice.tellAll();

        assertThat(a.pairingWith(b))
                .isInstanceOfSatisfying(Pairing.Revoked.class, revoked -> assertThat(revoked.tellUntil())
                        .isEmpty());
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("hostileRequests")
    void answer_nonsense_with_one_error_and_pair_with_nobody(String method, String path, String body, String answer) {
        Impostor.Caller caller = new Impostor.Caller(authorityOfC.of(a.id));

        assertThat(caller.says(b.port(), method, path, body)).startsWith(answer);

        assertThat(b.knows(a)).isFalse();
        assertThat(a.join(b.invite().token()).stands())
                .as("it still serves others")
                .isTrue();
    }

    static Stream<Object[]> hostileRequests() {
        String id = UUID.randomUUID().toString();
        return Stream.of(
                new Object[] {"GET", "/", "", "404 NOT_FOUND"},
                new Object[] {"POST", "/peer/v1/else", "{}", "404 NOT_FOUND"},
                new Object[] {"POST", "/peer/v1/revoke", "{}", "403 PEER_UNKNOWN"},
                new Object[] {"POST", PeerWire.JOIN, "", "400 INVALID_REQUEST"},
                new Object[] {"POST", PeerWire.JOIN, "null", "400 INVALID_REQUEST"},
                new Object[] {"POST", PeerWire.JOIN, "{}", "400 INVALID_REQUEST"},
                new Object[] {"POST", PeerWire.JOIN, "[".repeat(4000), "400 INVALID_REQUEST"},
                new Object[] {"POST", PeerWire.JOIN, "x".repeat(100_000), "400 INVALID_REQUEST"},
                new Object[] {
                    "POST",
                    PeerWire.JOIN,
                    "{\"invitationId\":\"../..\",\"secret\":\"AA\",\"name\":\"n\"}",
                    "400 INVALID_REQUEST"
                },
                new Object[] {
                    "POST",
                    PeerWire.JOIN,
                    "{\"invitationId\":\"%s\",\"secret\":\"\u0000\",\"name\":\"n\"}".formatted(id),
                    "400 INVALID_REQUEST"
                },
                new Object[] {
                    "POST",
                    PeerWire.JOIN,
                    "{\"invitationId\":\"%s\",\"secret\":\"AA\",\"name\":\"n\"}".formatted(id),
                    "404 INVITATION_UNKNOWN"
                });
    }

    @Test
    void take_no_answer_for_one_that_is_none() throws Exception {
        for (String nonsense : List.of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "SSH-2.0-x\r\n\r\n", "")) {
            try (Impostor impostor = new Impostor(authorityOfB.of(b.id), nonsense)) {
                PeerToken token =
                        b.invite(new PeerAddress("127.0.0.1", impostor.port())).token();

                assertThat(refusal(() -> a.join(token)))
                        .isIn(PairingError.PEER_ANSWER_INVALID, PairingError.PEER_UNREACHABLE);
                assertThat(impostor.heard())
                        .as("what an impostor without the key never does")
                        .isEqualTo("certificate bytes");
                assertThat(a.knows(b)).isFalse();
            }
        }
    }

    @Test
    void refuse_plain_text() throws IOException {
        try (Socket plain = new Socket("127.0.0.1", b.port())) {
            plain.setSoTimeout(60_000);
            plain.getOutputStream().write("GET / HTTP/1.1\r\nHost: b\r\n\r\n".getBytes());
            byte[] answer = plain.getInputStream().readAllBytes();

            assertThat(new String(answer)).doesNotContain("HTTP");
        }
    }

    @Test
    void say_so_when_nobody_listens() throws IOException {
        int free;
        try (ServerSocket probe = new ServerSocket(0)) {
            free = probe.getLocalPort();
        }

        assertThat(refusal(() ->
                        a.join(b.invite(new PeerAddress("127.0.0.1", free)).token())))
                .isEqualTo(PairingError.PEER_UNREACHABLE);
    }
}
