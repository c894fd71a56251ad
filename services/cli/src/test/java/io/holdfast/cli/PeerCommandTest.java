package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cli.FakeSite.Result;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("holdfast site")
class PeerCommandTest {
    private static final String PARIS = "aaaaaaaa-0000-4000-8000-000000000007";
    private static final String PEERS = "/api/v1/sites/peers";
    private static final String INVITATIONS = "/api/v1/sites/invitations";

    private final FakeSite site = new FakeSite();

    @AfterEach
    void stop() {
        site.close();
    }

    @Test
    void invite_prints_the_token_alone_so_that_a_script_can_hand_it_on() {
        site.on("POST " + INVITATIONS, 201, """
                {"token":"hf1.AAAA","invitation":{"id":"i-1","expiresAt":"2026-01-02T03:04:05.000006Z"}}""");

        Result invited = site.run("site", "invite", "--life", "2h");

        assertThat(invited.exitCode()).isZero();
        assertThat(invited.out().strip()).isEqualTo("hf1.AAAA");
        assertThat(invited.err()).contains("i-1").contains("2026-01-02T03:04:05Z");
        assertThat(site.asked().getFirst().body()).isEqualTo("{\"life\":\"PT2H\"}");
    }

    @Test
    void join_takes_the_token_as_a_word_or_from_standard_input() {
        site.on("POST " + PEERS, 201, "{\"id\":\"%s\",\"name\":\"paris\",\"authority\":\"ab12\"}".formatted(PARIS));
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(" hf1.BBBB \nmore".getBytes(StandardCharsets.UTF_8)));
        try {
            assertThat(site.run("site", "join", "-").out())
                    .contains("paired with paris")
                    .contains("ab12");
        } finally {
            System.setIn(before);
        }
        site.run("site", "join", "hf1.CCCC");

        assertThat(site.asked())
                .extracting(FakeSite.Asked::body)
                .containsExactly("{\"token\":\"hf1.BBBB\"}", "{\"token\":\"hf1.CCCC\"}");
    }

    @Test
    void a_refused_join_says_the_site_s_code_and_has_an_exit_code_for_it() {
        site.on("POST " + PEERS, 409, "{\"code\":\"PEER_PIN_MISMATCH\",\"detail\":\"another authority\"}");

        Result refused = site.run("site", "join", "hf1.AAAA");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(refused.err()).contains("PEER_PIN_MISMATCH: another authority");
    }

    @Test
    void show_says_how_old_it_is_and_is_no_success_when_it_is_stale() {
        site.list(PEERS, "{\"id\":\"%s\",\"name\":\"paris\"}".formatted(PARIS))
                .on("GET " + PEERS + "/" + PARIS, 200, "{\"status\":{\"reach\":\"STALE\",\"age\":\"PT2H\"}}")
                .list(
                        PEERS + "/" + PARIS + "/groups",
                        "{\"name\":\"erp\",\"lifecycle\":\"PROTECTED\",\"health\":\"UNKNOWN\",\"rpo\":\"PT2H4S\"}",
                        "{\"name\":\"crm\",\"lifecycle\":\"PROTECTED\",\"health\":\"UNKNOWN\"}")
                .list(
                        PEERS + "/" + PARIS + "/vms",
                        "{\"id\":\"v\",\"name\":\"db\",\"ownershipEpoch\":3,\"owner\":\"site b\"}");

        Result shown = site.run("site", "show", "paris");

        assertThat(shown.exitCode()).isEqualTo(ExitCode.FAILED.number());
        assertThat(shown.out())
                .contains("STALE, heard 2h00m ago")
                .containsPattern("erp +PROTECTED +UNKNOWN +2h00m")
                .containsPattern("crm +PROTECTED +UNKNOWN +-")
                .containsPattern("db +v +site b +3");
    }

    @Test
    void list_says_who_calls_whom_and_what_is_wrong() {
        site.list(
                PEERS,
                ("{\"id\":\"%s\",\"name\":\"paris\",\"state\":\"PAIRED\",\"calledAt\":\"dr.example:9444\",\"status\":{\"reach\":\"NEVER\","
                                + "\"failure\":{\"code\":\"PEER_UNREACHABLE\"}}}")
                        .formatted(PARIS),
                "{\"id\":\"x\",\"name\":\"ro\\u0007me\",\"state\":\"REVOKED_BY_PEER\"}");

        assertThat(site.run("site", "list").out())
                .containsPattern("paris +" + PARIS + " +PAIRED +NEVER +never .*dr.example:9444 +PEER_UNREACHABLE")
                .containsPattern("ro.me +x +REVOKED_BY_PEER .*calls here");
    }

    @Test
    void revoke_finds_a_peer_by_its_name() {
        site.list(PEERS, "{\"id\":\"%s\",\"name\":\"paris\"}".formatted(PARIS))
                .on("DELETE " + PEERS + "/" + PARIS, 200, "{\"state\":\"REVOKED\"}");

        assertThat(site.run("site", "revoke", "paris").exitCode()).isZero();
        assertThat(site.run("site", "revoke", "rome").exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
    }

    @Test
    void uninvite_revokes_an_invitation() {
        site.on("DELETE " + INVITATIONS + "/i-1", 200, "{\"state\":\"REVOKED\"}");

        assertThat(site.run("site", "uninvite", "i-1").exitCode()).isZero();
    }
}
