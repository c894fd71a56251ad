package io.holdfast.cli.failback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The whole way against two sites that keep state and refuse what the services refuse. */
@DisplayName("Going home by command")
class DriveTest {
    /** Every change of a way that is not disturbed, at home and away. */
    private static final List<String> AT_HOME = List.of(
            "/vms",
            "/vms",
            "/protection-groups",
            "/protection-groups/start",
            "/journals/volumes/seeds",
            "/protection-groups/resume",
            "/protection-groups",
            "/protection-groups/start",
            "/journals/volumes/seeds",
            "/protection-groups/resume",
            "/plans",
            "/plans/runs");

    private static final List<String> AWAY = List.of(
            "/runs/release",
            "/vms",
            "/vms",
            "/protection-groups/failover/return",
            "/protection-groups/failover/return",
            "/vms",
            "/vms");

    private TwoSitesDouble sites = new TwoSitesDouble();

    private void again() {
        sites.close();
        sites = new TwoSitesDouble();
    }

    @AfterEach
    void close() {
        sites.close();
    }

    private static Wishes wishes() {
        Map<String, String> seeds = new HashMap<>();
        TwoSitesDouble.VMS.forEach(vm -> seeds.put(SiteDouble.volumeOf(vm), "old.raw"));
        ObjectNode plan = JsonNodeFactory.instance.objectNode();
        TwoSitesDouble.VMS.forEach(vm ->
                plan.withArrayProperty("groups").addObject().putArray("pgIds").add("group-" + vm.charAt(0)));
        return new Wishes(
                seeds, false, false, Optional.empty(), OptionalInt.empty(), Optional.of(plan), Optional.empty(), false);
    }

    /** One call of the command, from a machine that knows nothing of earlier ones. */
    private Decision call(Goal goal) {
        return call(goal, new Ticks(sites));
    }

    private Decision call(Goal goal, Pacing pacing) {
        Sites clients = sites.clients();
        Looking looking = new Looking(
                clients,
                "erp",
                Optional.empty(),
                new Links(clients.home(), clients.away(), List.of()),
                new Links(clients.away(), clients.home(), List.of()));
        return new Drive(clients, looking::look, wishes(), pacing, _ -> {}).to(goal);
    }

    /** Nobody sleeps: sites go on whenever the command would wait. Bounded, should they not get anywhere. */
    private static class Ticks implements Pacing {
        private final TwoSitesDouble sites;
        private int turns;

        Ticks(TwoSitesDouble sites) {
            this.sites = sites;
        }

        @Override
        public void pause() {
            turns++;
            sites.tick();
        }

        @Override
        public boolean isOver() {
            return turns > 200;
        }

        @Override
        public int patience() {
            return 0;
        }
    }

    private void assertAtHomeAndProtected() {
        assertThat(sites.home.changes).containsExactlyElementsOf(AT_HOME);
        assertThat(sites.away.changes).containsExactlyElementsOf(AWAY);
        assertThat(states(sites.home.groups)).containsOnly("FAILED_OVER");
        assertThat(states(sites.away.groups)).containsOnly("PROTECTED");
        assertThat(sites.runAway.path("state").asText()).isEqualTo("RELEASED");
        assertThat(sites.home.runs.values()).singleElement().satisfies(run -> {
            assertThat(run.path("mode").asText()).isEqualTo("MOVE");
            assertThat(run.path("state").asText()).isEqualTo("SUCCEEDED");
        });
        String moved = sites.home.runs.sequencedKeySet().getFirst();
        for (String vm : TwoSitesDouble.VMS) {
            assertThat(sites.home.vms.get(vm).at("/volumes/0/backing").asText())
                    .isEqualTo("/recovered/%s/%s"
                            .formatted(sites.runAway.path("id").asText(), SiteDouble.volumeOf(vm)));
            JsonNode attached = sites.away.vms.get(vm);
            assertThat(attached.at("/volumes/0/backing").asText())
                    .isEqualTo("/recovered/%s/%s".formatted(moved, SiteDouble.volumeOf(vm)));
            assertThat(attached.path("hostId").asText()).isEqualTo("link-to-home");
            assertThat(attached.at("/machine/cpuCount").asInt()).isEqualTo(2);
        }
    }

    private static List<String> states(Map<String, ObjectNode> of) {
        return of.values().stream().map(one -> one.path("state").asText()).toList();
    }

    @Test
    void one_order_goes_the_whole_way_and_a_second_one_finds_it_gone() {

        assertThat(call(Goal.PROTECTED)).isEqualTo(Decision.DONE);
        assertAtHomeAndProtected();

        assertThat(call(Goal.PROTECTED)).isEqualTo(Decision.DONE);
        assertAtHomeAndProtected();
    }

    @Test
    void what_both_sites_know_of_differences_goes_with_the_import() {
        sites.knowDifferences(TwoSitesDouble.VMS.getFirst(), "[[0, 65536], [655360, 65536]]", "[[65536, 1048576]]");

        assertThat(call(Goal.PREPARED)).isEqualTo(Decision.DONE);

        assertThat(claim(TwoSitesDouble.VMS.getFirst()).toString())
                .isEqualTo("{\"captureId\":\"capture-of-%s\",\"ranges\":[{\"offsetBytes\":0,\"lengthBytes\":1114112}]}"
                        .formatted(TwoSitesDouble.VMS.getFirst()));
        assertThat(claim(TwoSitesDouble.VMS.getLast()).isObject())
                .as("the journal away does not know them of the other volume")
                .isFalse();
    }

    @Test
    void a_disk_whose_old_host_has_not_said_what_was_unsent_is_compared_whole() {
        sites.knowDifferences(TwoSitesDouble.VMS.getFirst(), "[]", "[]");
        ((ObjectNode) sites.runAway.at("/groups/0/sources/0")).put("fence", "PENDING");

        assertThat(call(Goal.PREPARED)).isEqualTo(Decision.DONE);

        assertThat(claim(TwoSitesDouble.VMS.getFirst()).isObject()).isFalse();
    }

    @Test
    void ranges_that_nobody_understands_claim_nothing() {
        sites.knowDifferences(TwoSitesDouble.VMS.getFirst(), "[[65536, -4096]]", "[]");

        assertThat(call(Goal.PREPARED)).isEqualTo(Decision.DONE);

        assertThat(claim(TwoSitesDouble.VMS.getFirst()).isObject()).isFalse();
    }

    @Test
    void an_import_of_another_size_than_the_volume_is_ordered_again_without_a_claim() {
        sites.knowDifferences(TwoSitesDouble.VMS.getFirst(), "[]", "[]");
        sites.home.refusesClaims = true;

        assertThat(call(Goal.PREPARED)).isEqualTo(Decision.DONE);

        assertThat(sites.home.seeds.values().stream()
                        .filter(seed -> seed.path("volumeId")
                                .asText()
                                .equals(SiteDouble.volumeOf(TwoSitesDouble.VMS.getFirst())))
                        .map(seed -> seed.path("state").asText() + " "
                                + seed.path("equalExcept").isObject()))
                .containsExactly("FAILED true", "DONE false");
    }

    private JsonNode claim(String vm) {
        return sites.home.seeds.values().stream()
                .filter(seed -> seed.path("volumeId").asText().equals(SiteDouble.volumeOf(vm)))
                .findFirst()
                .orElseThrow()
                .path("equalExcept");
    }

    @Test
    void each_goal_ends_before_the_next_one_begins() {

        assertThat(call(Goal.PREPARED)).isEqualTo(Decision.DONE);
        assertThat(sites.home.changes).hasSize(10);
        assertThat(sites.away.changes).isEmpty();

        assertThat(call(Goal.HOME)).isEqualTo(Decision.DONE);
        assertThat(states(sites.home.runs)).containsExactly("SUCCEEDED");
        assertThat(sites.away.changes).isEmpty();

        assertThat(call(Goal.PROTECTED)).isEqualTo(Decision.DONE);
        assertAtHomeAndProtected();
    }

    @Test
    void killed_after_any_change_whose_answer_it_has_not_got_it_goes_on_where_it_was() {
        // Before a change the sites are as they were after the one before it.
        int moments = 2 * (AT_HOME.size() + AWAY.size());
        for (int cut = 1; cut < moments; cut += 2) {
            again();
            sites.cutAt(cut);
            assertThatThrownBy(() -> call(Goal.PROTECTED))
                    .as("cut off at %d", cut)
                    .isInstanceOf(CommandFailure.class);
            sites.reconnect();

            assertThat(call(Goal.PROTECTED)).as("cut off at %d", cut).isEqualTo(Decision.DONE);
            assertAtHomeAndProtected();
        }
    }

    @Test
    void cut_off_before_anything_was_done_it_begins_again() {
        sites.cutAt(0);
        assertThatThrownBy(() -> call(Goal.PROTECTED)).isInstanceOf(CommandFailure.class);
        assertThat(sites.changes()).isZero();
        sites.reconnect();

        assertThat(call(Goal.PROTECTED)).isEqualTo(Decision.DONE);
        assertAtHomeAndProtected();
    }

    @Test
    void two_calls_at_once_do_each_step_once() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Decision>> calls = Collections.nCopies(3, () -> call(Goal.PROTECTED));
            for (Future<Decision> call : threads.invokeAll(calls)) {
                assertThat(call.get()).isEqualTo(Decision.DONE);
            }
        }
        assertThat(new ArrayList<>(sites.home.changes)).containsExactlyInAnyOrderElementsOf(AT_HOME);
        assertThat(states(sites.home.runs)).containsExactly("SUCCEEDED");
        assertThat(states(sites.away.groups)).containsOnly("PROTECTED");
    }

    @Test
    void an_import_that_fails_ends_the_call_and_is_tried_again_by_the_next_one() {
        sites.home.badSeeds = 1;

        assertThatThrownBy(() -> call(Goal.PROTECTED))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("SEED_UNUSABLE");
        assertThat(states(sites.home.groups)).containsOnly("PAUSED");

        assertThat(call(Goal.PROTECTED)).isEqualTo(Decision.DONE);
        assertThat(states(sites.home.seeds)).containsExactly("FAILED", "DONE", "DONE");
        assertThat(states(sites.away.groups)).containsOnly("PROTECTED");
    }

    @Test
    void a_move_that_was_rolled_back_is_ordered_anew_by_the_next_call() {
        call(Goal.PREPARED);
        ObjectNode failed = sites.home.run(planOfHome(), "MOVE");
        failed.put("state", "ROLLED_BACK");

        assertThat(call(Goal.PROTECTED)).isEqualTo(Decision.DONE);
        assertThat(states(sites.home.runs)).containsExactly("ROLLED_BACK", "SUCCEEDED");
    }

    private ObjectNode planOfHome() {
        ObjectNode plan = JsonNodeFactory.instance
                .objectNode()
                .put("id", "5aaaaaaa-0000-4000-8000-000000000005")
                .put("name", "erp");
        sites.home.groups.keySet().forEach(group -> plan.withArrayProperty("groups")
                .addObject()
                .putArray("pgIds")
                .add(group));
        sites.home.plans.put(plan.path("id").asText(), plan);
        return plan;
    }

    @Test
    void a_step_that_a_site_takes_and_does_not_do_is_not_ordered_for_ever() {
        call(Goal.HOME);
        // The agent of the lost host never answers, and the detachment is given up.
        Decision end = call(Goal.PROTECTED, new Ticks(sites) {
            @Override
            public void pause() {
                sites.away.vms.values().stream()
                        .filter(vm -> vm.path("state").asText().equals("DETACHING"))
                        .forEach(vm -> vm.put("state", "MISSING").put("reasonCode", "COMMAND_EXPIRED"));
                super.pause();
            }
        });

        assertThat(end).isInstanceOfSatisfying(Decision.Refuse.class, refusal -> {
            assertThat(refusal.code()).isEqualTo(Refusal.STEP_DID_NOT_TAKE);
            assertThat(refusal.words()).contains("COMMAND_EXPIRED");
        });
        assertThat(states(sites.away.groups)).containsOnly("FAILED_OVER");
    }
}
