package io.holdfast.inventory.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.inventory.InMemory;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostBookTest {
    private static final String HARDWARE = "4c4c4544-0042-3510-8056-b7c04f4e3232";

    private final InMemory inventory = new InMemory();
    private final SiteId site = SiteId.random();
    private final AgentId agent = AgentId.random();
    private final HostId reportedId = HostId.random();
    private final Instant t0 = inventory.now;

    private void opened(AgentId by, HostId on, int second) {
        inventory.hostBook.opened(
                by, new HostBook.Opened(site, on, "instance", "router", "1.0"), t0.plusSeconds(second));
    }

    private HostBook.Reported reported(AgentId by, HostId id, String name, String hardware, int second) {
        return inventory.hostBook.reported(
                by,
                new HostReport(
                        id, name, Optional.ofNullable(hardware), 1 << 30, 2, "1.0", "10.0.0.1:10809", Hosting.NONE),
                t0.plusSeconds(second));
    }

    @Test
    void a_session_and_a_report_make_a_host_with_its_agent_and_site() {
        opened(agent, reportedId, 1);
        assertThat(inventory.hosts).as("only a report makes a host").isEmpty();
        reported(agent, reportedId, "kvm-1", HARDWARE, 2);
        Host host = inventory.hostBook.get(reportedId);
        assertThat(host.agent()).contains(agent);
        assertThat(host.site()).contains(site);
        assertThat(inventory.sites).containsKey(site);
        assertThat(inventory.tellings()).containsExactly("host kvm-1 connected");
    }

    @Test
    void a_host_that_left_and_came_back_with_another_id_is_the_same_host_by_its_hardware() {
        reported(agent, reportedId, "kvm-1", HARDWARE, 1);
        AgentId newAgent = AgentId.random();
        HostId newId = HostId.random();
        opened(newAgent, newId, 2);
        reported(newAgent, newId, "kvm-1-renamed", HARDWARE, 3);
        assertThat(inventory.hosts).hasSize(1);
        assertThat(inventory.hostBook.get(newId).id()).isEqualTo(reportedId);
        assertThat(inventory.hostBook.get(reportedId).agent()).contains(newAgent);

        reported(newAgent, newId, "kvm-1-renamed", null, 4);
        assertThat(inventory.hosts)
                .as("the alias lasts when the hardware is not told")
                .hasSize(1);
    }

    @Test
    void a_host_keeps_its_identity_when_its_name_or_its_hardware_changes() {
        reported(agent, reportedId, "kvm-1", HARDWARE, 1);
        reported(agent, reportedId, "renamed", "0d3f1c2b4a5e6f708192a3b4c5d6e7f8", 2);
        assertThat(inventory.hosts).hasSize(1);
        assertThat(inventory.hostBook.get(reportedId).name()).isEqualTo("renamed");
    }

    @Test
    void two_hosts_with_one_name_are_two_hosts() {
        reported(agent, reportedId, "kvm", null, 1);
        reported(AgentId.random(), HostId.random(), "kvm", null, 1);
        assertThat(inventory.hosts).hasSize(2);
    }

    @Test
    void a_known_host_that_claims_the_hardware_of_another_does_not_become_it() {
        HostId other = HostId.random();
        reported(agent, reportedId, "kvm-1", HARDWARE, 1);
        reported(AgentId.random(), other, "kvm-2", null, 1);
        reported(AgentId.random(), other, "kvm-2", HARDWARE, 2);
        assertThat(inventory.hosts).hasSize(2);
        assertThat(inventory.hostBook.get(other).hardwareUuid()).isEmpty();
    }

    @Test
    void an_older_report_changes_nothing_and_the_same_report_tells_nothing() {
        reported(agent, reportedId, "new", HARDWARE, 5);
        inventory.tellings();
        assertThat(reported(agent, reportedId, "old", HARDWARE, 4)).isEqualTo(new HostBook.Reported.Outdated());
        reported(agent, reportedId, "new", HARDWARE, 5);
        assertThat(inventory.hostBook.get(reportedId).name()).isEqualTo("new");
        assertThat(inventory.tellings()).isEmpty();
    }

    @Test
    void the_end_of_a_session_is_told_and_its_repetition_is_not() {
        opened(agent, reportedId, 1);
        reported(agent, reportedId, "kvm", HARDWARE, 2);
        inventory.tellings();
        inventory.hostBook.closed(agent, "instance", "router", "CONNECTION_LOST", t0.plusSeconds(3));
        inventory.hostBook.closed(agent, "instance", "router", "CONNECTION_LOST", t0.plusSeconds(3));
        assertThat(inventory.tellings()).containsExactly("host kvm disconnected");
        assertThat(inventory.hostBook.agent(agent).link())
                .isEqualTo(new AgentLink.Disconnected(t0.plusSeconds(3), "CONNECTION_LOST"));
    }

    @Test
    void the_end_of_a_former_agents_session_says_nothing_of_the_host() {
        opened(agent, reportedId, 1);
        reported(agent, reportedId, "kvm", HARDWARE, 2);
        AgentId successor = AgentId.random();
        opened(successor, reportedId, 3);
        inventory.tellings();
        inventory.hostBook.closed(agent, "instance", "router", "CONNECTION_LOST", t0.plusSeconds(4));
        assertThat(inventory.tellings()).isEmpty();
    }

    @Test
    void a_rejection_is_remembered_and_does_not_touch_the_link() {
        opened(agent, reportedId, 1);
        inventory.hostBook.rejected(agent, "AGENT_ALREADY_CONNECTED", "twice", t0.plusSeconds(2));
        inventory.hostBook.rejected(agent, "OLDER", "late", t0.plusSeconds(1));
        Agent now = inventory.hostBook.agent(agent);
        assertThat(now.link().connected()).isTrue();
        assertThat(now.lastRejection()).map(Agent.Rejection::code).contains("AGENT_ALREADY_CONNECTED");
    }

    @Test
    void what_nobody_knows_has_a_code() {
        assertThatThrownBy(() -> inventory.hostBook.get(reportedId))
                .hasToString("HOST_NOT_FOUND: there is no host " + reportedId);
        assertThatThrownBy(() -> inventory.hostBook.agent(agent)).hasMessageContaining(agent.toString());
    }
}
