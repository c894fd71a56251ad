package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.run.Mode;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Something that a person should know before this plan is needed; docs/recovery-runs.md has the table.
 *
 * @param group name of the recovery group; empty if it is about the whole plan
 * @param message what, and where in the plan
 */
public record Finding(Code code, Optional<String> group, Optional<PgId> pgId, String message) {

    static Finding about(Code code, String group, String message) {
        return new Finding(code, Optional.of(group), Optional.empty(), message);
    }

    static Finding ofPlan(Code code, String message) {
        return new Finding(code, Optional.empty(), Optional.empty(), message);
    }

    public enum Severity {
        /** A run would fail now. */
        ERROR,
        /** A run would work, with a weakness. */
        WARNING
    }

    /** Stable codes of findings, and what a person does about them. */
    public enum Code {
        /** No event ever named this protection group, so it may not exist. */
        GROUP_UNKNOWN(Severity.ERROR, "Correct the id in the plan, or make the protection group."),
        /** The group is not protected now; older checkpoints may still be there. */
        GROUP_NOT_PROTECTED(Severity.WARNING, "Start or resume the protection group."),
        /** A group depends on one that is not protected: it would be recovered onto something older, or nothing. */
        DEPENDENCY_UNPROTECTED(Severity.WARNING, "Protect what the group depends on, or take it out of dependsOn."),
        /** The plan names a VM that is in none of the group's protection groups. */
        VM_NOT_IN_GROUP(
                Severity.WARNING,
                "Add the VM to a protection group of this recovery group, or take it out of the plan."),
        JOURNAL_UNREACHABLE(Severity.ERROR, "Look at the journal-store, and at the way to it."),
        /** The journal-store has no journal of the group. */
        JOURNAL_MISSING(
                Severity.ERROR, "Start the protection group; if it ran before, look at the journal-store's disks."),
        /** A journal has one branch of a commit at a time. */
        BRANCH_RETAINED(Severity.ERROR, "Look whether anybody needs what it holds, then: holdfast branch release."),
        NO_CHECKPOINT(
                Severity.ERROR,
                "Wait for the first checkpoint; if none comes, look at the protection group's conditions."),
        /** The plan starts machines, and no event has named the VMs of the group: a run is refused. */
        MACHINES_UNKNOWN(Severity.ERROR, "Look whether the protection group has VMs and the inventory knows them."),
        /** The newest checkpoint does not say what a VM was; starting it would fail. */
        MACHINE_SPEC_UNKNOWN(Severity.WARNING, "Register the VM with its machine, and wait for the next checkpoint."),
        /** No host that the plan allows is connected and runs machines. */
        NO_MACHINE_HOST(Severity.ERROR, "Connect an agent that runs machines, or allow another host in the plan."),
        /** The only host that could run a machine is the one that has it now. */
        RECOVERS_ONTO_SOURCE(
                Severity.WARNING,
                "Connect a host that has none of these VMs and runs machines: a site that recovers belongs where the VMs are not."),
        /** The machines of the plan do not all find a place at once. */
        CAPACITY_MISSING(Severity.ERROR, "Free memory on the hosts, raise their limit for machines, or add a host."),
        /** Two machines in one network have the same MAC. */
        MAC_CLASH(
                Severity.ERROR,
                "Give one of the two cards a NEW MAC, or map the networks of the two machines to different ones."),
        /** A rehearsal on a network of the host has the MAC of the original, which may be there. */
        MAC_KEPT_IN_TEST(Severity.WARNING, "Let the card have a NEW MAC in a TEST, or map it to an isolated network."),
        /** Two machines in one network are expected at the same address. */
        ADDRESS_CLASH(Severity.ERROR, "Correct the probes, or map the networks of the two machines to different ones."),
        /** A clone on a network of the host has the address of its original, which may be there. Of an order with {@code attach}; a plan alone is not a clone. */
        ADDRESS_KEPT_BY_CLONE(
                Severity.ERROR,
                "Give the card an address for tests in the plan; or force the order if its original is not in that network."),
        /** One address is to show that several machines work. */
        PROBE_SHARED(Severity.WARNING, "Give the probe a vmId, and each VM a probe of its own."),
        /** The settings of the service do not allow a hook, or its program is not there. */
        HOOK_NOT_ALLOWED(Severity.ERROR, "Put the program into the directory, or add the host to the settings."),
        /** The settings do not allow a name to be changed. */
        DNS_NOT_ALLOWED(
                Severity.ERROR,
                "Add the server, its zone or its key to the settings, or correct the name in the plan."),
        /** A name cannot be read, and so not be changed. */
        DNS_UNREACHABLE(Severity.ERROR, "Look at the name server, the way to it, and its key."),
        /** A name does not say what it should while production runs. */
        DNS_RECORD_UNEXPECTED(Severity.ERROR, "Correct the record set, or what the plan expects of it."),
        /** Resolvers may go on leading to where production was. */
        DNS_TTL_LONG(Severity.WARNING, "Give the record set a shorter TTL at its server, well before it is needed."),
        RPO_MISSED(Severity.WARNING, "Look at the protection group's conditions; or promise less."),
        RTO_MISSED(Severity.WARNING, "Look in the last reports which steps take the time; or promise less."),
        /** An objective, and nothing was measured yet. */
        RTO_NOT_MEASURED(Severity.WARNING, "Run a TEST of the plan."),
        NEVER_TESTED(Severity.WARNING, "Run a TEST of the plan."),
        TEST_OVERDUE(Severity.WARNING, "Run a TEST of the plan."),
        /** What would be recovered is not what the last good test showed to work. */
        CHANGED_SINCE_TEST(Severity.WARNING, "Look at the plan's drift, and run a TEST of the plan.");

        private final Severity severity;
        private final String toDo;

        Code(Severity severity, String toDo) {
            this.severity = severity;
            this.toDo = toDo;
        }

        public Severity severity() {
            return severity;
        }

        public String toDo() {
            return toDo;
        }

        /**
         * The modes of which an order is refused unless a person forces it. A clash, or a hook that is not allowed, does not pass by itself. What hosts have
         * free does, and their word is a little old: only a PLANNED run, whose source is up until then, is kept from going down for it.
         */
        public Set<Mode> blocks() {
            return switch (this) {
                // A clone gets MACs of its own, and no name.
                case MAC_CLASH, DNS_NOT_ALLOWED -> EnumSet.of(Mode.TEST, Mode.PLANNED, Mode.MOVE, Mode.UNPLANNED);
                case ADDRESS_CLASH, HOOK_NOT_ALLOWED ->
                    EnumSet.of(Mode.TEST, Mode.CLONE, Mode.PLANNED, Mode.MOVE, Mode.UNPLANNED);
                case ADDRESS_KEPT_BY_CLONE -> EnumSet.of(Mode.CLONE);
                case NO_MACHINE_HOST, BRANCH_RETAINED, CAPACITY_MISSING, DNS_UNREACHABLE, DNS_RECORD_UNEXPECTED ->
                    EnumSet.of(Mode.PLANNED, Mode.MOVE);
                default -> EnumSet.noneOf(Mode.class);
            };
        }
    }
}
