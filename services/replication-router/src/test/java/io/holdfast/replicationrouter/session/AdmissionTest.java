package io.holdfast.replicationrouter.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.replicationrouter.session.Admission.Admitted;
import io.holdfast.replicationrouter.session.Admission.Decision;
import io.holdfast.replicationrouter.session.Admission.Refused;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private final AgentIdentity identity = new AgentIdentity(SiteId.random(), AgentId.random());

    @Test
    void anAgentThatIsWhoItsCertificateSaysIsAdmitted() {
        assertThat(decide(hello(1, identity, "a"), Optional.empty(), 0)).isEqualTo(new Admitted(false));
    }

    @Test
    void theSameProcessReplacesItsSession() {
        assertThat(decide(hello(1, identity, "a"), Optional.of("a"), 10)).isEqualTo(new Admitted(true));
    }

    @Test
    void refusalsComeInTheirOrder() {
        AgentIdentity other = new AgentIdentity(identity.site(), AgentId.random());
        AgentIdentity otherSite = new AgentIdentity(SiteId.random(), identity.agent());
        assertThat(code(decide(hello(2, other, "b"), Optional.of("a"), 10)))
                .isEqualTo(RouterError.PROTOCOL_VERSION_UNSUPPORTED);
        assertThat(code(decide(hello(1, other, "b"), Optional.of("a"), 10))).isEqualTo(RouterError.IDENTITY_MISMATCH);
        assertThat(code(decide(hello(1, otherSite, "b"), Optional.of("a"), 10)))
                .isEqualTo(RouterError.IDENTITY_MISMATCH);
        assertThat(code(decide(hello(1, identity, ""), Optional.of("a"), 10)))
                .isEqualTo(RouterError.PROTOCOL_VIOLATION);
        assertThat(code(decide(hello(1, identity, "b"), Optional.of("a"), 10)))
                .isEqualTo(RouterError.AGENT_ALREADY_CONNECTED);
        assertThat(code(decide(hello(1, identity, "b"), Optional.empty(), 10)))
                .isEqualTo(RouterError.TOO_MANY_SESSIONS);
    }

    @Test
    void silenceIsThreeIntervalsAndBytesCountAsWords() {
        SessionState.Live live = new SessionState.AwaitingHello(identity, 0).admitted(hello(1, identity, "a"), 1_000);
        Duration interval = Duration.ofNanos(100);
        assertThat(live.silent(1_300, interval)).isFalse();
        assertThat(live.silent(1_301, interval)).isTrue();
        assertThat(live.heardAtLeastAt(1_100).silent(1_301, interval)).isFalse();
        assertThat(live.heardAtLeastAt(500).silent(1_301, interval)).isTrue();
    }

    private Decision decide(Greeting hello, Optional<String> existing, int sessions) {
        return Admission.decide(identity, hello, existing, sessions, 10);
    }

    private static Greeting hello(int version, AgentIdentity identity, String instance) {
        return new Greeting(
                version, identity.site(), identity.agent(), HostId.random(), "host", "1", instance, List.of());
    }

    private static RouterError code(Decision decision) {
        return ((Refused) decision).code();
    }
}
