package io.holdfast.recoveryplan.support;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The states of protection groups under the table of docs/ownership.md. Every group is PROTECTED at first. Thread-safe. */
final class FakeProtectionGroups {
    private static final class Group {
        private String state = "PROTECTED";
        private String run = "";
        private long epoch;
    }

    private final Map<String, Group> groups = new HashMap<>();
    private final Map<String, String> answered = new HashMap<>();

    synchronized String state(String pg) {
        return group(pg).state;
    }

    synchronized long epoch(String pg) {
        return group(pg).epoch;
    }

    /** The run that holds it; empty if its source does. */
    synchronized String run(String pg) {
        return group(pg).run;
    }

    synchronized void remove(String pg) {
        group(pg).state = "REMOVED";
    }

    private Group group(String pg) {
        return groups.computeIfAbsent(pg, _ -> new Group());
    }

    /** @return the id of the checkpoint; the same for the same key */
    synchronized String checkpoint(String pg, String key) {
        return answered.computeIfAbsent(
                pg + " checkpoint " + key, _ -> UUID.randomUUID().toString());
    }

    /** @return whether the group takes the command; one with a key that it took before changes nothing */
    synchronized boolean command(String pg, String command, String run, String key) {
        String full = pg + " " + command + " " + key;
        if (answered.containsKey(full)) {
            return true;
        }
        boolean taken = change(group(pg), command, run);
        if (taken) {
            answered.put(full, run);
        }
        return taken;
    }

    private static boolean change(Group group, String command, String run) {
        boolean ours = group.run.equals(run);
        return switch (command) {
            case "failover" ->
                switch (group.state) {
                    case "PROTECTED", "RESYNC" -> move(group, "FAILING_OVER", run, 1);
                    case "FAILING_OVER" -> ours;
                    default -> false;
                };
            case "failover/cancel" ->
                switch (group.state) {
                    case "FAILING_OVER" -> !ours || move(group, "RESYNC", "", 1);
                    case "FAILED_OVER" -> !ours;
                    default -> true;
                };
            case "failover/commit" ->
                switch (group.state) {
                    case "FAILING_OVER" -> ours && move(group, "FAILED_OVER", run, 0);
                    case "FAILED_OVER" -> ours;
                    default -> false;
                };
            case "failover/return" -> group.state.equals("FAILED_OVER") && move(group, "RESYNC", "", 1);
            default -> false;
        };
    }

    private static boolean move(Group group, String state, String run, int epochs) {
        group.state = state;
        group.run = run;
        group.epoch += epochs;
        return true;
    }
}
