package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.CutCheckpoint;
import io.holdfast.replicationrouter.checkpoint.Cut;
import io.holdfast.replicationrouter.checkpoint.UserCut;
import io.holdfast.replicationrouter.command.CommandBook;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.session.RouterError;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Commands from topic {@code agent-commands}. Every router reads all of them: the one with the agent's session forwards, the one
 * that owns the group's partition cuts and resets, and the owner of partition 0 answers for those that nobody carried
 * out in time. Every router also follows {@code agent-events}, so a command that another one has answered is dropped here.
 */
final class CommandDesk implements CommandAnswers {
    private static final Logger LOG = Logger.getLogger(CommandDesk.class);
    private static final int SPOKESMAN_PARTITION = 0;
    private static final int MAX_OPEN_GROUP_COMMANDS = 1024;

    /** What the desk needs of the rest of the router. */
    interface Actions {
        /** @return false when too many requests wait */
        boolean requestCut(GroupPolicy policy, UserCut request);

        /** @return false while a stream of the group has no session */
        boolean resync(GroupPolicy policy);
    }

    private final RouterContext context;
    private final CommandBook<AgentCommand> book = new CommandBook<>();
    /** Commands about groups that this router does not own (yet), or whose agent is away. */
    private final Map<CommandId, AgentCommand> openForGroups = new LinkedHashMap<>();
    /** Commands handed to a group's cuts: whose answer is due. */
    private final Map<CommandId, AgentCommand> cutting = new LinkedHashMap<>();

    private Actions actions;

    CommandDesk(RouterContext context) {
        this.context = context;
    }

    /** Closes the circle between commands and what carries them out; called once, before the first command. */
    void carriedOutBy(Actions actions) {
        this.actions = actions;
    }

    /**
     * Takes a command from the topic.
     *
     * @throws HoldfastException {@code INVALID_ID} or {@code INVALID_REQUEST} when the record is no command
     */
    void take(AgentCommand command) {
        CommandId id = CommandId.parse(command.getCommandId());
        switch (command.getCommandCase()) {
            case ATTACH_VM, DETACH_VM, START_MACHINE, STOP_MACHINE, SHUT_DOWN_VM, RUN_GUEST_COMMAND ->
                takeForAgent(id, AgentId.parse(command.getAgentId()), command);
            case CUT_CHECKPOINT -> {
                CheckpointId.parse(command.getCutCheckpoint().getCheckpointId());
                takeForGroup(id, PgId.parse(command.getCutCheckpoint().getPgId()), command);
            }
            case RESYNC -> takeForGroup(id, PgId.parse(command.getResync().getPgId()), command);
            case COMMAND_NOT_SET ->
                throw new HoldfastException(
                        io.holdfast.kernel.error.CommonError.INVALID_REQUEST,
                        "command %s names nothing to do that this router knows".formatted(id));
        }
    }

    private void takeForAgent(CommandId id, AgentId agent, AgentCommand command) {
        switch (book.take(id, agent, command.getExpiresAtMicros(), command, context.clock.micros())) {
            case KEPT -> context.liveSession(agent).ifPresent(session -> forward(session, command));
            case REPEATED -> {}
            case EXPIRED -> expired(command);
            case QUEUE_FULL ->
                answer(
                        command,
                        RouterError.COMMAND_QUEUE_FULL.name(),
                        "%d commands wait for agent %s already".formatted(CommandBook.MAX_PER_AGENT, agent));
        }
    }

    private void takeForGroup(CommandId id, PgId pg, AgentCommand command) {
        if (book.isAnswered(id) || cutting.containsKey(id) || openForGroups.containsKey(id)) {
            return;
        }
        if (command.getExpiresAtMicros() <= context.clock.micros()) {
            expired(command);
        } else if (openForGroups.size() >= MAX_OPEN_GROUP_COMMANDS) {
            answer(command, RouterError.COMMAND_QUEUE_FULL.name(), "too many commands wait for their groups");
        } else {
            openForGroups.put(id, command);
            tryForGroup(id, pg, command);
        }
    }

    private void tryForGroup(CommandId id, PgId pg, AgentCommand command) {
        Optional<GroupPolicy> policy = context.policies.of(pg).filter(GroupPolicy::assigned);
        if (policy.isEmpty()) {
            if (spokesman()) {
                answer(command, RouterError.PG_UNKNOWN.name(), "group %s has no policy in force".formatted(pg));
            }
            return;
        }
        if (!context.ownership.isOwn(policy.get().partition())) {
            return;
        }
        if (command.hasCutCheckpoint()) {
            openForGroups.remove(id);
            cutting.put(id, command);
            CutCheckpoint cut = command.getCutCheckpoint();
            boolean taken = actions.requestCut(
                    policy.get(),
                    new UserCut(
                            id,
                            CheckpointId.parse(cut.getCheckpointId()),
                            cut.getKind() == CheckpointKind.APP ? Cut.Kind.APP : Cut.Kind.USER,
                            cut.getName(),
                            command.getExpiresAtMicros()));
            if (!taken) {
                failed(id, RouterError.COMMAND_QUEUE_FULL, "too many checkpoints of group %s wait".formatted(pg));
            }
        } else if (actions.resync(policy.get())) {
            answer(command, "", "");
        }
    }

    /** The agent is back: it gets everything that it has not answered. */
    void connected(AgentSession session) {
        book.waitingFor(session.agent()).forEach(command -> forward(session, command));
    }

    /** The agent's answer, passed on as it is. */
    void result(AgentSession session, CommandResult result) {
        CommandId id = CommandId.parse(result.getCommandId());
        book.answered(id);
        publish(session.agent().toString(), result);
    }

    /** An answer stands in the topic, from whichever router. */
    void answeredInTopic(CommandId id) {
        book.answered(id);
        openForGroups.remove(id);
    }

    /** The new owner of these groups carries their commands out; this router goes back to watching for the answers. */
    void ownershipLost(Set<PgId> groups) {
        cutting.entrySet().removeIf(entry -> {
            boolean lost = groups.contains(groupOf(entry.getValue()));
            if (lost) {
                openForGroups.put(entry.getKey(), entry.getValue());
            }
            return lost;
        });
    }

    void tick() {
        for (CommandBook.Pending<AgentCommand> over : book.expire(context.clock.micros())) {
            expired(over.command());
        }
        for (Map.Entry<CommandId, AgentCommand> open : Map.copyOf(openForGroups).entrySet()) {
            AgentCommand command = open.getValue();
            if (command.getExpiresAtMicros() <= context.clock.micros()) {
                openForGroups.remove(open.getKey());
                expired(command);
            } else {
                tryForGroup(open.getKey(), groupOf(command), command);
            }
        }
    }

    @Override
    public void ok(CommandId command) {
        Optional.ofNullable(cutting.remove(command)).ifPresent(known -> answer(known, "", ""));
    }

    @Override
    public void failed(CommandId command, RouterError code, String message) {
        Optional.ofNullable(cutting.remove(command)).ifPresent(known -> answer(known, code.name(), message));
    }

    private void forward(AgentSession session, AgentCommand command) {
        LOG.infof(
                "Command %s (%s) goes to agent %s", command.getCommandId(), command.getCommandCase(), session.agent());
        session.send(Frames.command(command), context.clock.nanos());
    }

    private void expired(AgentCommand command) {
        if (spokesman()) {
            answer(command, RouterError.COMMAND_EXPIRED.name(), "nobody carried the command out in time");
        }
    }

    private void answer(AgentCommand command, String code, String message) {
        CommandId id = CommandId.parse(command.getCommandId());
        openForGroups.remove(id);
        book.answered(id);
        publish(
                addressee(command),
                CommandResult.newBuilder()
                        .setCommandId(command.getCommandId())
                        .setOk(code.isEmpty())
                        .setErrorCode(code)
                        .setMessage(message)
                        .build());
    }

    private void publish(String agent, CommandResult result) {
        context.meters.commandAnswered(result.getOk() ? "OK" : result.getErrorCode());
        context.events.publish(AgentEvent.newBuilder()
                .setAgentId(agent)
                .setAtMicros(context.clock.micros())
                .setCommandResult(result)
                .build());
    }

    /** Commands about a group may name no agent; their answer is then about the group's first one. */
    private String addressee(AgentCommand command) {
        if (!command.getAgentId().isEmpty()) {
            return command.getAgentId();
        }
        return context.policies.of(groupOf(command)).stream()
                .flatMap(policy -> policy.streams().stream())
                .map(StreamId::agent)
                .map(AgentId::toString)
                .sorted()
                .findFirst()
                .orElse("");
    }

    /** Of a command about a group; its id was read when it was taken. */
    private static PgId groupOf(AgentCommand command) {
        return PgId.parse(
                command.hasCutCheckpoint()
                        ? command.getCutCheckpoint().getPgId()
                        : command.getResync().getPgId());
    }

    private boolean spokesman() {
        return context.ownership.isOwn(SPOKESMAN_PARTITION);
    }
}
