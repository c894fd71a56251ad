package io.holdfast.replicationagent.quiesce;

import io.holdfast.replicationagent.quiesce.FreezeFailure.Code;
import io.holdfast.replicationagent.quiesce.GuestAgents.Connection;
import io.holdfast.replicationagent.quiesce.GuestAgents.HookResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One guest in one order. Steps exclude each other: a thaw waits for the freeze that is under way.
 *
 * <p>Threads: any.
 */
final class GuestStand {
    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final System.Logger LOG = System.getLogger(GuestStand.class.getName());

    private final Guest guest;
    private final GuestAgents agents;
    private Connection connection;
    private boolean hooksBegan;
    private boolean mayBeFrozen;
    private boolean givenUp;

    GuestStand(Guest guest, GuestAgents agents) {
        this.guest = guest;
        this.agents = agents;
    }

    Guest guest() {
        return guest;
    }

    /** Everything that comes before the first freeze. */
    synchronized Optional<FreezeFailure> prepare(Deadline limit) {
        if (guest.agentSocket().isEmpty()) {
            return failure(Code.NO_GUEST_AGENT, "has no guest agent socket configured");
        }
        try {
            Path socket = guest.agentSocket().get();
            connection = agents.connect(socket, limit.within(ANSWER));
            Set<String> allowed = connection.allowedCommands(limit.within(ANSWER));
            Optional<String> missing =
                    needed().stream().filter(name -> !allowed.contains(name)).findFirst();
            if (missing.isPresent()) {
                return failure(Code.FREEZE_FAILED, "does not allow " + missing.get());
            }
            if (connection.isFrozen(limit.within(ANSWER))) {
                return failure(Code.FREEZE_FAILED, "is frozen already, by somebody else");
            }
        } catch (GuestAgentException failed) {
            return failure(Code.NO_GUEST_AGENT, "has no guest agent that answers: " + failed.getMessage());
        }
        return guest.hooks().before().flatMap(hook -> runBefore(hook, limit));
    }

    private List<String> needed() {
        List<String> commands =
                new ArrayList<>(List.of("guest-fsfreeze-status", "guest-fsfreeze-freeze", "guest-fsfreeze-thaw"));
        if (!guest.hooks().equals(GuestHooks.NONE)) {
            commands.addAll(List.of("guest-exec", "guest-exec-status"));
        }
        return commands;
    }

    private Optional<FreezeFailure> runBefore(Hook hook, Deadline limit) {
        hooksBegan = true;
        try {
            HookResult result = connection.run(hook, limit.within(hook.timeout()));
            return result.exitCode() == 0
                    ? Optional.empty()
                    : failure(
                            Code.HOOK_FAILED,
                            hook.path() + " exited with " + result.exitCode() + ": " + result.output());
        } catch (GuestAgentException failed) {
            return failure(Code.HOOK_FAILED, hook.path() + " did not end well: " + failed.getMessage());
        }
    }

    synchronized Optional<FreezeFailure> freeze(Deadline limit) {
        if (givenUp) {
            return Optional.empty();
        }
        mayBeFrozen = true;
        try {
            long frozen = connection.freeze(limit);
            return frozen > 0
                    ? Optional.empty()
                    : failure(Code.FREEZE_FAILED, "froze no file system: there is none that it can freeze");
        } catch (GuestAgentException failed) {
            if (failed.kind() != GuestAgentException.Kind.REFUSED) {
                // A late answer would be taken for that to the next question.
                dropConnection();
            }
            return switch (failed.kind()) {
                case SILENT -> failure(Code.FREEZE_TIMED_OUT, "did not freeze in time: " + failed.getMessage());
                case REFUSED, BROKEN, GONE -> failure(Code.FREEZE_FAILED, "did not freeze: " + failed.getMessage());
            };
        }
    }

    /** Whatever has not begun does not begin any more. */
    synchronized Thaw.Outcome giveUp(Thaw thaw) {
        givenUp = true;
        if (!mayBeFrozen) {
            return Thaw.Outcome.THAWED;
        }
        Path socket = guest.agentSocket().orElseThrow();
        return connection == null ? thaw.over(socket) : thaw.over(connection, socket);
    }

    /** Hook "after", when the one "before" was begun or there is none. Says whether it went well. */
    synchronized boolean finish() {
        dropConnection();
        if (guest.hooks().after().isEmpty() || !(hooksBegan || mayBeFrozen)) {
            return true;
        }
        Hook hook = guest.hooks().after().get();
        Deadline deadline = Deadline.in(hook.timeout());
        // A new connection: after a hook that hung the old one is of no use.
        try (Connection fresh = agents.connect(guest.agentSocket().orElseThrow(), deadline)) {
            HookResult result = fresh.run(hook, deadline);
            if (result.exitCode() == 0) {
                return true;
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A hook failed; vm=" + guest + " hook=" + hook.path() + " exitCode=" + result.exitCode() + ": "
                            + result.output());
        } catch (GuestAgentException failed) {
            LOG.log(System.Logger.Level.WARNING, "A hook failed; vm=" + guest + " hook=" + hook.path(), failed);
        }
        return false;
    }

    private void dropConnection() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    private Optional<FreezeFailure> failure(Code code, String what) {
        return Optional.of(new FreezeFailure(code, "machine " + guest + " " + what));
    }
}
