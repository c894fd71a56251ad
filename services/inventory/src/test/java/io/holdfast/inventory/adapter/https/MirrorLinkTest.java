package io.holdfast.inventory.adapter.https;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.inventory.mirror.Break;
import io.holdfast.inventory.mirror.Exchange;
import io.holdfast.inventory.mirror.GroupBoard;
import io.holdfast.inventory.mirror.GroupStatus;
import io.holdfast.inventory.mirror.Health;
import io.holdfast.inventory.mirror.Mirror;
import io.holdfast.inventory.mirror.MirrorBook;
import io.holdfast.inventory.mirror.Reach;
import io.holdfast.inventory.mirror.SiteStatus;
import io.holdfast.inventory.pairing.Pairing;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.net.WanProxy;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** docs/pairing.md, "Mirrored status": two paired sites over real TLS, with a line between them that can be cut. */
@DisplayName("Two peers")
class MirrorLinkTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final PgId ERP = new PgId(UUID.fromString("11111111-0000-4000-8000-000000000001"));
    private static final VmId DB = new VmId(UUID.fromString("22222222-0000-4000-8000-000000000001"));

    @TempDir
    static Path folder;

    private static Vertx vertx;
    private static SiteAuthority authorityOfA;
    private static SiteAuthority authorityOfB;
    private static SiteFiles filesOfA;
    private static SiteFiles filesOfB;

    private final TestSite a = new TestSite(filesOfA.site(), "a", authorityOfA, filesOfA, vertx);
    private final TestSite b = new TestSite(filesOfB.site(), "b", authorityOfB, filesOfB, vertx).listen();
    private final WanProxy line = new WanProxy(b.port(), WanProxy.Line.FAST);

    @BeforeAll
    static void authorities() {
        vertx = Vertx.vertx();
        authorityOfA = new SiteAuthority(folder, "authority-a");
        authorityOfB = new SiteAuthority(folder, "authority-b");
        filesOfA = authorityOfA.of(SiteId.random());
        filesOfB = authorityOfB.of(SiteId.random());
    }

    @AfterAll
    static void noEventLoops() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @BeforeEach
    void pair() {
        a.join(b.invite(new PeerAddress("127.0.0.1", line.port())).token());
    }

    @AfterEach
    void close() {
        line.close();
        a.close();
        b.close();
    }

    private static void protect(TestSite site, PgId group, String name, Health health, long epoch, String owner) {
        site.board.seen(new GroupBoard.Seen(
                group, name, "PROTECTED", health, List.of(new GroupBoard.Member(DB, "db-1", epoch, owner))));
    }

    /** Calls until both know of each other what is true now. */
    private void awaitInStep() {
        Eventually.await(
                "both sites know each other's status",
                LIMIT,
                () -> {
                    a.calls.callDue();
                    return knows(a, b) && knows(b, a);
                },
                () -> "a: " + a.seen(b) + "\nb: " + b.seen(a));
    }

    private static boolean knows(TestSite one, TestSite other) {
        return one.seen(other)
                .mirror()
                .filter(mirror -> mirror.status().equals(other.board.now()))
                .isPresent();
    }

    private void awaitFailure(String code) {
        Eventually.await(
                "a call fails with " + code,
                LIMIT,
                () -> {
                    a.calls.callDue();
                    return a.calls
                            .failure(b.id)
                            .filter(failure -> failure.code().equals(code))
                            .isPresent();
                },
                () -> a.calls.failure(b.id).toString());
    }

    private static Mirror mirror(TestSite at, TestSite of) {
        return at.seen(of).mirror().orElseThrow();
    }

    @Test
    void see_each_other_s_groups_VMs_and_owners_over_connections_that_a_makes() {
        a.board.readWhole();
        b.board.readWhole();
        protect(a, ERP, "erp", Health.WARNING, 0, "");
        protect(b, ERP, "erp", Health.OK, 3, "site b");
        b.board.journal(ERP, Optional.of(Instant.now().minusSeconds(4)));

        awaitInStep();

        assertThat(b.seen(a).reach()).isEqualTo(Reach.CURRENT);
        assertThat(mirror(b, a).status().summary().health()).isEqualTo(Health.WARNING);
        Mirror ofB = mirror(a, b);
        assertThat(ofB.status().vms()).singleElement().satisfies(vm -> {
            assertThat(vm.epoch()).isEqualTo(3);
            assertThat(vm.owner()).isEqualTo("site b");
        });
        assertThat(ofB.told().sequence()).isPositive();
        assertThat(ofB.rpo(ofB.status().groups().getFirst(), a.clock.instant()))
                .hasValueSatisfying(rpo -> assertThat(rpo).isGreaterThanOrEqualTo(Duration.ofSeconds(4)));
    }

    @Test
    void F159_show_what_they_have_not_heard_lately_as_stale_and_never_with_a_small_RPO() {
        protect(b, ERP, "erp", Health.OK, 0, "");
        b.board.journal(ERP, Optional.of(Instant.now()));
        awaitInStep();
        assertThat(a.seen(b).reach()).isEqualTo(Reach.CURRENT);
        line.down(true);
        awaitFailure("PEER_UNREACHABLE");

        Duration silence = TestSite.STALE_AFTER.plusHours(1);
        a.clock.forward(silence);
        b.clock.forward(silence);

        for (TestSite one : List.of(a, b)) {
            TestSite other = one == a ? b : a;
            assertThat(one.seen(other).reach()).isEqualTo(Reach.STALE);
            assertThat(mirror(one, other).age(one.clock.instant())).isGreaterThanOrEqualTo(silence);
        }
        GroupStatus erp = mirror(a, b).status().groups().getFirst();
        assertThat(mirror(a, b).rpo(erp, a.clock.instant()))
                .hasValueSatisfying(rpo -> assertThat(rpo).isGreaterThanOrEqualTo(silence));
    }

    @Test
    void F159_do_not_call_a_checkpoint_known_of_which_no_journal_speaks() {
        protect(b, ERP, "erp", Health.OK, 0, "");
        b.board.journal(ERP, Optional.of(Instant.now()));
        awaitInStep();
        assertThat(mirror(a, b).status().groups().getFirst().newestCheckpoint()).isPresent();

        b.clock.forward(GroupBoard.SILENCE.plusSeconds(1));
        awaitInStep();

        Mirror ofB = mirror(a, b);
        assertThat(ofB.rpo(ofB.status().groups().getFirst(), a.clock.instant())).isEmpty();
    }

    @Test
    void F162_are_in_step_again_after_an_outage_in_which_everything_changed_at_both() {
        for (int number = 0; number < 50; number++) {
            protect(b, PgId.random(), "group " + number, Health.OK, 0, "");
        }
        protect(a, ERP, "erp", Health.OK, 0, "");
        awaitInStep();
        long sequenceBefore = mirror(a, b).told().sequence();
        line.down(true);
        awaitFailure("PEER_UNREACHABLE");

        b.board.now().groups().stream().limit(25).forEach(group -> b.board.gone(group.id()));
        protect(b, ERP, "taken over", Health.CRITICAL, 7, "site b");
        a.board.gone(ERP);
        line.down(false);
        awaitInStep();

        assertThat(mirror(a, b).told().sequence()).isGreaterThan(sequenceBefore);
        assertThat(mirror(a, b).broken()).as("an outage is no break").isEmpty();
        assertThat(mirror(b, a).status().groups()).isEmpty();
        assertThat(a.calls.failure(b.id)).isEmpty();
    }

    @Test
    void F160_F161_work_on_alone_when_the_other_s_control_plane_is_gone_whichever_it_is() {
        protect(b, ERP, "erp", Health.OK, 0, "");
        awaitInStep();
        b.deaf();
        awaitFailure("PEER_UNREACHABLE");
        TestSite c = new TestSite(folder, vertx, "third");
        try {
            a.listen();
            c.join(a.invite().token());
            assertThat(a.knows(c)).as("a pairs with a third without b").isTrue();
            assertThat(knows(a, b)).as("what b said last is still there").isTrue();
            assertThat(a.pairingWith(b)).isInstanceOf(Pairing.Paired.class);

            // The other way round: a calls no more.
            b.listen();
            protect(b, PgId.random(), "new", Health.OK, 0, "");
            c.join(b.invite().token());
            assertThat(b.knows(c)).as("b pairs with a third without a").isTrue();
            assertThat(b.board.now().groups()).hasSize(2);
            awaitInStep();
        } finally {
            c.close();
        }
    }

    @Test
    void do_not_send_lists_again_that_the_other_has() {
        for (int number = 0; number < SiteStatus.MOST_GROUPS; number++) {
            protect(a, PgId.random(), "group " + number, Health.OK, 0, "");
        }
        awaitInStep();
        long whole = line.carriedBytes();
        assertThat(whole).isGreaterThan(SiteStatus.MOST_GROUPS * 50L);
        long sequence = mirror(b, a).told().sequence();
        long call = mirror(b, a).call();

        Eventually.await("two more calls", LIMIT, () -> {
            a.calls.callDue();
            return mirror(b, a).call() >= call + 2;
        });

        assertThat(line.carriedBytes() - whole).isLessThan(whole / 4);
        assertThat(mirror(b, a).told().sequence()).as("nothing changed").isEqualTo(sequence);
    }

    @Test
    void tell_what_fits_and_count_what_does_not() {
        for (int number = 0; number < SiteStatus.MOST_GROUPS + 7; number++) {
            protect(a, PgId.random(), "\uD83D\uDE00\"\u0007\\".repeat(100), Health.OK, 0, "");
        }

        awaitInStep();

        assertThat(mirror(b, a).status().groups()).hasSize(SiteStatus.MOST_GROUPS);
        assertThat(mirror(b, a).status().summary().omittedGroups()).isEqualTo(7);
        assertThat(mirror(b, a).status().vms())
                .as("one VM, that many groups name")
                .hasSize(1);
    }

    @Test
    void recognise_a_site_that_goes_on_from_an_older_database_and_it_hears_so_itself() {
        protect(a, ERP, "erp", Health.OK, 0, "");
        awaitInStep();
        var backup = a.memory.backUpOwn();
        protect(a, ERP, "erp", Health.OK, 5, "site b");
        awaitInStep();
        protect(a, ERP, "erp", Health.WARNING, 6, "site b");
        awaitInStep();
        long seen = mirror(b, a).told().sequence();

        a.restartFrom(backup);
        protect(a, ERP, "erp", Health.OK, 0, "");
        awaitInStep();

        assertThat(mirror(b, a).broken()).hasValueSatisfying(found -> {
            assertThat(found.kind()).isEqualTo(Break.Kind.REWOUND);
            assertThat(found.from()).isEqualTo(seen);
            assertThat(found.to()).isLessThan(seen);
        });
        Eventually.await("a hears that it was further", LIMIT, () -> {
            a.calls.callDue();
            return a.memory.backUpOwn().flatMap(own -> own.rewound()).isPresent();
        });
        Eventually.await("a goes on past all that b has ever seen", LIMIT, () -> {
            a.calls.callDue();
            return mirror(b, a).told().sequence() > seen;
        });
        awaitInStep();
    }

    @Test
    void recognise_a_site_with_another_database() {
        awaitInStep();
        a.restartFrom(Optional.empty());

        Eventually.await("b sees another incarnation", LIMIT, () -> {
            a.calls.callDue();
            return mirror(b, a).broken().isPresent();
        });

        assertThat(mirror(b, a).broken().orElseThrow().kind()).isEqualTo(Break.Kind.REPLACED);
    }

    @Test
    void know_a_site_that_was_renamed() {
        awaitInStep();
        a.board = new GroupBoard("a, renamed", a.clock);

        awaitInStep();

        assertThat(b.memory.peer(a.id))
                .hasValueSatisfying(peer -> assertThat(peer.name()).isEqualTo("a, renamed"));
        assertThat(mirror(b, a).broken()).isEmpty();
    }

    @Test
    void refuse_each_other_from_the_revocation_on_and_the_other_side_shows_it_and_keeps_what_it_knew() {
        protect(b, ERP, "erp", Health.OK, 0, "");
        awaitInStep();

        b.revoke(a);
        awaitFailureOrEnd();

        assertThat(a.pairingWith(b)).isInstanceOf(Pairing.RevokedByPeer.class);
        assertThat(a.seen(b).reach()).isEqualTo(Reach.STALE);
        assertThat(knows(a, b)).isTrue();
        assertThat(new Impostor.Caller(filesOfA).says(b.port(), "POST", PeerWire.STATUS, "{}"))
                .isEqualTo("403 PEER_REVOKED");
        long connections = line.connections();
        a.calls.callDue();
        a.notice.tellAll();
        assertThat(line.connections()).as("a calls no more").isEqualTo(connections);
    }

    private void awaitFailureOrEnd() {
        Eventually.await("a hears that it is revoked", LIMIT, () -> {
            a.calls.callDue();
            return a.pairingWith(b) instanceof Pairing.RevokedByPeer;
        });
    }

    @Test
    void say_that_they_are_not_known_where_the_other_lost_its_database_and_go_on_alone() {
        awaitInStep();
        b.memory.forgetPeers();

        awaitFailure("PEER_UNKNOWN");

        assertThat(a.pairingWith(b)).as("for a person to decide").isInstanceOf(Pairing.Paired.class);
    }

    @Test
    void let_one_process_of_a_site_call() {
        awaitInStep();
        MirrorBook second = new MirrorBook(a.memory.mirrors(), a.peers, () -> a.board.now(), a.clock);

        assertThat(a.memory.call(() -> second.mayCall(b.id, Instant.MAX))).isFalse();
        assertThat(a.memory.call(() -> a.mirrors.mayCall(b.id, Instant.MAX))).isTrue();
    }

    @Test
    void refuse_a_call_that_comes_behind_a_later_one() {
        var peerOfA = b.memory.peer(a.id).orElseThrow();
        Exchange early = a.memory.call(() -> a.mirrors.tell(b.id, Optional.empty()));
        protect(a, ERP, "erp", Health.OK, 0, "");
        Exchange late = a.memory.call(() -> a.mirrors.tell(b.id, Optional.empty()));
        b.memory.run(() -> b.mirrors.hear(peerOfA, late, Instant.now()));

        assertThat(new Impostor.Caller(filesOfA).says(b.port(), "POST", PeerWire.STATUS, text(early)))
                .isEqualTo("409 PEER_CALL_LATE");
        assertThat(mirror(b, a).broken()).as("nothing was rewound").isEmpty();
    }

    private static String text(Exchange exchange) {
        return new String(StatusWire.write(exchange), StandardCharsets.UTF_8);
    }

    private record Hostile(String what, UnaryOperator<String> change) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Hostile> hostileStatuses() {
        return Stream.of(
                new Hostile("another name than the digest says", text -> text.replace("\"erp\"", "\"crm\"")),
                new Hostile("an id twice", text -> text.replaceFirst("\"groups\":\\[(\\{.*?})]", "\"groups\":[$1,$1]")),
                new Hostile("a name without bound", text -> text.replace("\"erp\"", "\"" + "x".repeat(5000) + "\"")),
                new Hostile("a control character", text -> text.replace("\"erp\"", "\"e\\u0007p\"")),
                new Hostile("a health that there is not", text -> text.replace("\"OK\"", "\"FINE\"")),
                new Hostile("a negative epoch", text -> text.replace("\"epoch\":0", "\"epoch\":-1")),
                new Hostile("a negative sequence", text -> text.replaceFirst("\"sequence\":\\d+", "\"sequence\":-1")),
                new Hostile(
                        "a number too large",
                        text -> text.replaceFirst("\"sequence\":\\d+", "\"sequence\":" + "9".repeat(25))),
                new Hostile(
                        "a digest that is none",
                        text -> text.replaceFirst("\"groupsDigest\":\"..", "\"groupsDigest\":\"zz")),
                new Hostile(
                        "null for a list's entry", text -> text.replaceFirst("\"groups\":\\[", "\"groups\":[null,")),
                new Hostile("no position", text -> text.replace("\"position\"", "\"elsewhere\"")),
                new Hostile(
                        "a time out of all time",
                        text -> text.replaceFirst("\"atMicros\":\\d+", "\"atMicros\":" + Long.MAX_VALUE + "0")),
                new Hostile("more than a status may have", text -> "{\"groups\":[" + "{},".repeat(1_500_000) + "{}]}"),
                new Hostile("arrays without end", text -> "[".repeat(1_000_000)),
                new Hostile("half of it", text -> text.substring(0, text.length() / 2)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileStatuses")
    void refuse_a_status_that_cannot_be_and_keep_what_they_knew(Hostile hostile) {
        protect(a, ERP, "erp", Health.OK, 0, "");
        awaitInStep();
        Mirror before = mirror(b, a);
        String honest = text(a.memory.call(() -> a.mirrors.tell(b.id, Optional.empty())));
        String changed = hostile.change().apply(honest);
        assertThat(changed).as("the change is one").isNotEqualTo(honest);

        String answer = new Impostor.Caller(filesOfA).says(b.port(), "POST", PeerWire.STATUS, changed);

        assertThat(answer).startsWith("400 ");
        // A call of a itself may have come in between: it says the same once more.
        assertThat(mirror(b, a))
                .usingRecursiveComparison()
                .ignoringFields("call", "toldAt", "contactAt")
                .isEqualTo(before);
        awaitInStep();
    }
}
