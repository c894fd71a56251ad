package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.cli.FakeSite.Result;
import io.holdfast.cli.failback.TwoSitesDouble;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("holdfast failback")
class FailbackCommandTest {
    private final TwoSitesDouble sites = new TwoSitesDouble();

    @AfterEach
    void stop() {
        sites.close();
    }

    private Result run(String... words) {
        return execute(Stream.concat(
                Stream.of("failback"),
                Stream.concat(
                        Stream.of(words), Stream.of("--home", sites.homeAddress(), "--away", sites.awayAddress()))));
    }

    private static Result execute(Stream<String> words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), words.toArray(String[]::new));
        return new Result(code, out.toString(), err.toString());
    }

    @Test
    void status_shows_where_each_vm_stands_who_owns_it_and_what_comes_next() throws Exception {
        Result shown = run("status", "erp");

        assertThat(shown.exitCode()).isZero();
        assertThat(shown.out())
                .containsPattern("vm-1 +group-1 +not attached +- +FAILED_OVER, MISSING +run \\(epoch 1\\)")
                .containsPattern("1 +home +attach the machines .* now")
                .containsPattern("4 +home +MOVE: .* later")
                .contains("next: attach vm-1 at home");

        JsonNode json = new ObjectMapper()
                .readTree(run("status", "erp", "--output", "json").out());
        assertThat(json.at("/vms/1/away/groupState").asText()).isEqualTo("FAILED_OVER");
        assertThat(json.at("/vms/1/away/owner").asText()).isEqualTo("run");
        assertThat(json.at("/next/kind").asText()).isEqualTo("STEP");
        assertThat(json.path("lines")).hasSize(7);
        assertThat(sites.changes()).isZero();
    }

    @Test
    void a_dry_run_shows_the_lines_up_to_its_goal_and_changes_nothing() {
        Result shown = run("prepare", "erp", "--dry-run");

        assertThat(shown.exitCode()).isZero();
        assertThat(shown.out()).contains("follow until PROTECTED").doesNotContain("MOVE");
        assertThat(sites.changes()).isZero();
    }

    @Test
    void without_a_terminal_it_does_nothing_that_was_not_agreed_to() {
        Result asked = run("go", "erp");

        assertThat(asked.exitCode()).isEqualTo(ExitCode.USAGE.number());
        assertThat(asked.err()).contains("--yes").contains("MOVE");
        assertThat(sites.changes()).isZero();
    }

    @Test
    void a_misspelt_old_disk_is_not_left_out_silently() {
        Result refused = run("prepare", "erp", "--yes", "--seed", "vm-1/rooot=old.raw");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE.number());
        assertThat(refused.err()).contains("vm-1/rooot");
        assertThat(sites.changes()).isZero();
    }

    @Test
    void it_goes_on_until_a_person_has_to_say_something_and_says_what() {
        Result refused = run("prepare", "erp", "--yes", "--wait-limit", "1ms");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.NOT_IN_TIME.number());
        assertThat(refused.err()).contains("home: attach vm-1 at home", "home: attach vm-2 at home", "REQUESTED");
        assertThat(sites.changes()).isEqualTo(2);
    }

    @Test
    void a_host_that_is_named_for_all_or_for_one_vm_counts_instead_of_the_hardware() {
        Result refused = run("prepare", "erp", "--yes", "--home-link", "vm-2=nobody");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(refused.err()).contains("there is no host 'nobody'");
        assertThat(run("status", "erp", "--home-link", "host-of-home", "--home-link", "link-to-away")
                        .exitCode())
                .isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void a_plan_that_brought_nothing_here_is_refused_and_one_that_is_not_there_is_said() {
        assertThat(run("go", "crm", "--yes").exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());

        sites.forgetTheFailover();
        Result refused = run("go", "erp", "--yes");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(refused.out()).contains("NOTHING_AWAY");
        assertThat(run("status", "erp").exitCode()).isEqualTo(ExitCode.FAILED.number());
    }

    @Test
    void both_sites_have_to_be_said_and_have_to_be_two() {
        String home = sites.homeAddress();

        Result one = execute(Stream.of("failback", "status", "erp", "--home", home));
        assertThat(one.exitCode()).isEqualTo(ExitCode.USAGE.number());
        assertThat(one.err()).contains("--away", "HOLDFAST_AWAY_SERVER");

        Result same = execute(Stream.of("failback", "status", "erp", "--home", home, "--away", home));
        assertThat(same.exitCode()).isEqualTo(ExitCode.USAGE.number());
    }
}
