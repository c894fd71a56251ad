package io.holdfast.replicationagent.machine.guest;

import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Begun;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Ended;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Ordered;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Sent;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/** The steps of one guest command, each stored before what follows from it is done. */
final class GuestCommandRun {
    /** At least once is not without end: a guest that restarts each time is not asked for ever. */
    static final int MAX_SENDINGS = 5;

    static final int OUTPUT_CHARS = 1_000;
    private static final Duration ANSWER = Duration.ofSeconds(3);

    private final GuestDoor door;
    private final LongSupplier nowMicros;
    private final UnaryOperator<GuestCommandRecord> store;

    GuestCommandRun(GuestDoor door, LongSupplier nowMicros, UnaryOperator<GuestCommandRecord> store) {
        this.door = door;
        this.nowMicros = nowMicros;
        this.store = store;
    }

    /** Does what is due; whether something has changed. */
    boolean advance(GuestCommandRecord record) throws InterruptedException {
        return switch (record.state()) {
            case Ordered ordered -> begin(record, ordered);
            // The agent was killed in between, or no answer came.
            case Sent _ -> unknown(record, "whether the guest began it is not known");
            case Begun begun -> look(record, begun);
            case Ended _ -> false;
        };
    }

    private boolean begin(GuestCommandRecord record, Ordered ordered) {
        try {
            // A question without an effect: a guest that is still booting is waited for before anything is sent to it.
            door.system(Deadline.in(ANSWER));
        } catch (GuestAgentException notThere) {
            if (notThere.kind() != GuestAgentException.Kind.REFUSED) {
                return isOver(record, ordered.sinceMicros())
                        && end(record, AgentError.GUEST_UNREACHABLE, notThere.getMessage(), "");
            }
            // An agent that does not tell its system answers all the same.
        }
        GuestCommandRecord sent = store.apply(record.sent(nowMicros.getAsLong()));
        try {
            long process = door.begin(sent.command().program(), Deadline.in(ANSWER));
            store.apply(sent.with(new Begun(nowMicros.getAsLong(), process)));
            return true;
        } catch (GuestAgentException failed) {
            return failed.kind() == GuestAgentException.Kind.REFUSED
                    ? end(sent, AgentError.GUEST_COMMAND_REFUSED, failed.getMessage(), "")
                    : unknown(sent, "whether the guest began it is not known: " + failed.getMessage());
        }
    }

    private boolean look(GuestCommandRecord record, Begun begun) {
        try {
            Optional<GuestDoor.End> end = door.look(begun.processId(), Deadline.in(ANSWER));
            if (end.isPresent()) {
                return ended(record, end.get());
            }
        } catch (GuestAgentException failed) {
            switch (failed.kind()) {
                // It tells an end once: to an agent that was killed before it stored it, or the guest has restarted.
                case REFUSED -> {
                    return unknown(record, "the guest does not know the command any more");
                }
                case BROKEN -> {
                    return end(
                            record,
                            AgentError.GUEST_COMMAND_OUTCOME_UNKNOWN,
                            "how it ended cannot be read: " + failed.getMessage(),
                            "");
                }
                case GONE, SILENT -> {
                    // Asked again until its time is over.
                }
            }
        }
        return isOver(record, begun.sinceMicros())
                && end(
                        record,
                        AgentError.GUEST_COMMAND_TIMED_OUT,
                        "it did not end within %s; the guest's agent cannot end it, so it may go on"
                                .formatted(record.command().timeout()),
                        "");
    }

    private boolean ended(GuestCommandRecord record, GuestDoor.End end) {
        String output = tail(end.output());
        if (end.exitCode() != 0) {
            return end(record, AgentError.GUEST_COMMAND_FAILED, "exit code " + end.exitCode(), output);
        }
        store.apply(record.with(new Ended(nowMicros.getAsLong(), Optional.empty(), "exit code 0", output)));
        return true;
    }

    private boolean unknown(GuestCommandRecord record, String why) {
        if (record.command().atMostOnce() || record.sendings() >= MAX_SENDINGS) {
            return end(record, AgentError.GUEST_COMMAND_OUTCOME_UNKNOWN, why, "");
        }
        store.apply(record.with(new Ordered(nowMicros.getAsLong())));
        return true;
    }

    private boolean end(GuestCommandRecord record, AgentError failure, String message, String output) {
        store.apply(record.with(new Ended(nowMicros.getAsLong(), Optional.of(failure), message, output)));
        return true;
    }

    private boolean isOver(GuestCommandRecord record, long sinceMicros) {
        return nowMicros.getAsLong() - sinceMicros
                >= TimeUnit.MILLISECONDS.toMicros(record.command().timeout().toMillis());
    }

    /** The end of what a guest wrote, with nothing in it that a terminal would obey. */
    private static String tail(String output) {
        String plain = output.strip().replaceAll("[\\p{Cntrl}&&[^\n\t]]", " ");
        return plain.substring(Math.max(0, plain.length() - OUTPUT_CHARS));
    }
}
