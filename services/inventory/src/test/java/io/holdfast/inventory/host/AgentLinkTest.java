package io.holdfast.inventory.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class AgentLinkTest {
    private static final Instant T1 = Instant.parse("2026-01-01T00:00:01Z");
    private static final Instant T2 = T1.plusSeconds(1);
    private static final Instant T3 = T1.plusSeconds(2);

    private final AgentLink connected = new AgentLink.NeverSeen().opened(T2, "instance", "router-1");

    @Test
    void a_session_connects_and_its_end_disconnects_with_the_time_of_each() {
        assertThat(connected).isEqualTo(new AgentLink.Connected(T2, "instance", "router-1"));
        assertThat(connected.closed(T3, "instance", "router-1", "CONNECTION_LOST"))
                .isEqualTo(new AgentLink.Disconnected(T3, "CONNECTION_LOST"));
    }

    @Test
    void the_same_event_twice_changes_nothing() {
        assertThat(connected.opened(T2, "instance", "router-1")).isEqualTo(connected);
        AgentLink gone = connected.closed(T3, "instance", "router-1", "AGENT_CLOSED");
        assertThat(gone.closed(T3, "instance", "router-1", "AGENT_CLOSED")).isEqualTo(gone);
    }

    @Test
    void the_end_of_an_older_session_on_another_router_comes_late_and_does_not_disconnect() {
        AgentLink moved = connected.opened(T3, "instance", "router-2");
        assertThat(moved.closed(T3.plusSeconds(1), "instance", "router-1", "CONNECTION_LOST"))
                .isEqualTo(moved);
    }

    @Test
    void the_end_of_the_agents_former_process_does_not_disconnect_its_new_one() {
        AgentLink restarted = connected.opened(T3, "instance-2", "router-1");
        assertThat(restarted.closed(T3.plusSeconds(1), "instance", "router-1", "HEARTBEAT_MISSED"))
                .isEqualTo(restarted);
    }

    @Test
    void a_replaced_session_says_that_there_is_a_newer_one() {
        assertThat(connected.closed(T3, "instance", "router-1", AgentLink.REPLACED))
                .isEqualTo(connected);
    }

    @Test
    void an_older_begin_neither_moves_nor_revives_a_link() {
        assertThat(connected.opened(T1, "instance-0", "router-9")).isEqualTo(connected);
        AgentLink gone = connected.closed(T3, "instance", "router-1", "AGENT_CLOSED");
        assertThat(gone.opened(T2, "instance", "router-1")).isEqualTo(gone);
        assertThat(gone.connected()).isFalse();
    }
}
