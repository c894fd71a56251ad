package io.holdfast.replicationagent.machine.guest;

import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Gives the cards of a guest their addresses. Doing it again comes to the same. Stateless. */
public final class AddressWork {
    private static final Duration ANSWER = Duration.ofSeconds(3);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long LOOK_NANOS = 50_000_000;
    private static final int SHOWN = 200;

    private AddressWork() {}

    /**
     * Takes at most half a minute for each card.
     *
     * @param wanted by MAC in lower case
     * @return why not all cards have what they should; empty = they have
     */
    public static Optional<String> attempt(GuestDoor door, Map<String, GuestAddresses> wanted) {
        try {
            boolean windows = door.system(Deadline.in(ANSWER)).equals("mswindows");
            Map<String, String> cards = door.cards(Deadline.in(ANSWER));
            for (Map.Entry<String, GuestAddresses> each : wanted.entrySet()) {
                String card = cards.get(each.getKey());
                if (card == null) {
                    return Optional.of("the guest has no card with the MAC " + each.getKey());
                }
                List<GuestDoor.Program> programs = windows
                        ? WindowsAddresses.programs(card, each.getValue())
                        : LinuxAddresses.programs(card, each.getValue());
                for (GuestDoor.Program program : programs) {
                    Optional<String> problem = run(door, program);
                    if (problem.isPresent()) {
                        return problem.map(why -> "card '%s': %s".formatted(card, why));
                    }
                }
            }
            return Optional.empty();
        } catch (GuestAgentException failed) {
            return Optional.of(String.valueOf(failed.getMessage()));
        }
    }

    private static Optional<String> run(GuestDoor door, GuestDoor.Program program) throws GuestAgentException {
        Deadline limit = Deadline.in(LIMIT);
        long process = door.begin(program, Deadline.in(ANSWER));
        while (!limit.isOver()) {
            Optional<GuestDoor.End> end = door.look(process, Deadline.in(ANSWER));
            if (end.isPresent()) {
                return end.filter(ended -> ended.exitCode() != 0).map(ended -> "'%s' ended with exit code %d: %s"
                        .formatted(program.path(), ended.exitCode(), shown(ended.output())));
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return Optional.of("'%s' did not end within %d s".formatted(program.path(), LIMIT.toSeconds()));
    }

    private static String shown(String output) {
        String line = output.strip().replaceAll("\\p{Cntrl}+", " ");
        return line.substring(0, Math.min(line.length(), SHOWN));
    }
}
