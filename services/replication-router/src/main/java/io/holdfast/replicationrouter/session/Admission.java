package io.holdfast.replicationrouter.session;

import java.util.Optional;

/** Decides whether an agent that said Hello gets a session. */
public final class Admission {
    /** The protocol version that this router speaks. It takes the ones beside it as well; there is none below 1 yet. */
    public static final int PROTOCOL_VERSION = 1;

    private Admission() {}

    /**
     * The checks in their order: version, identity, duplicate, room. The first that fails is the answer.
     *
     * @param identity by the certificate
     * @param existing instance id of the agent's live session here
     * @param sessions live sessions now, the existing one included
     */
    public static Decision decide(
            AgentIdentity identity, Greeting hello, Optional<String> existing, int sessions, int maxSessions) {
        Optional<Refused> version = checkVersion(hello.protocolVersion());
        if (version.isPresent()) {
            return version.get();
        }
        if (!hello.agent().equals(identity.agent()) || !hello.site().equals(identity.site())) {
            return new Refused(
                    RouterError.IDENTITY_MISMATCH,
                    "the certificate is of agent %s of site %s, Hello is of agent %s of site %s"
                            .formatted(identity.agent(), identity.site(), hello.agent(), hello.site()));
        }
        if (hello.instance().isEmpty() || hello.instance().length() > 64) {
            return new Refused(RouterError.PROTOCOL_VIOLATION, "an instance id has 1 to 64 characters");
        }
        if (existing.isPresent()) {
            return existing.get().equals(hello.instance())
                    ? new Admitted(true)
                    : new Refused(
                            RouterError.AGENT_ALREADY_CONNECTED,
                            "agent %s is connected from another process (instance %s); two processes run with one identity"
                                    .formatted(identity.agent(), existing.get()));
        }
        return sessions >= maxSessions
                ? new Refused(
                        RouterError.TOO_MANY_SESSIONS,
                        "this router has %d sessions and may have no more".formatted(sessions))
                : new Admitted(false);
    }

    /** Comes before anything else of Hello is read: another version may mean something else by the other fields. */
    public static Optional<Refused> checkVersion(int version) {
        return version == PROTOCOL_VERSION
                ? Optional.empty()
                : Optional.of(new Refused(
                        RouterError.PROTOCOL_VERSION_UNSUPPORTED,
                        "this router speaks version %d of the agent protocol, the agent version %s"
                                .formatted(PROTOCOL_VERSION, Integer.toUnsignedString(version))));
    }

    public sealed interface Decision {}

    /** The session goes live; {@code replaces}: the agent's older session, of the same process, ends first. */
    public record Admitted(boolean replaces) implements Decision {}

    public record Refused(RouterError code, String message) implements Decision {}
}
