package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.dns.WantedRecord;
import io.holdfast.recoveryplan.plan.DnsRecord;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The steps of {@link StepPlanner} that are about names. */
final class DnsStepPlanner {
    private final RunOrder order;

    DnsStepPlanner(RunOrder order) {
        this.order = order;
    }

    /**
     * @param before steps after which the group is ready
     * @return the steps after which its names lead to it; {@code before} if it has none
     */
    List<String> update(int number, RecoveryGroup group, List<String> before, List<Step> to) {
        List<String> last = new ArrayList<>();
        List<DnsRecord> records = group.procedure().dns();
        for (int index = 1; index <= records.size(); index++) {
            DnsRecord record = records.get(index - 1);
            String read = readId(number, index);
            String update = updateId(number, index);
            wanted(group, record).ifPresent(wanted -> {
                // In a rehearsal nothing is known of what its own name should say.
                List<String> expect = order.mode() == Mode.TEST ? List.of() : record.expect();
                StepPlanner.add(to, read, group, new DnsAction.ReadDns(wanted, expect), before);
                // Not only after the reading, which stays done when the run goes to another checkpoint.
                List<String> ready =
                        Stream.concat(before.stream(), Stream.of(read)).toList();
                StepPlanner.add(to, update, group, new DnsAction.UpdateDns(wanted, read), ready);
                last.add(update);
            });
        }
        return last.isEmpty() ? before : last;
    }

    /** Nobody waits for it, and it waits for nobody: a name server that is away keeps no machine and no ownership where it is. */
    void restore(int number, RecoveryGroup group, List<Step> to) {
        List<DnsRecord> records = group.procedure().dns();
        for (int index = 1; index <= records.size(); index++) {
            DnsRecord record = records.get(index - 1);
            String id = number + ".restore-dns." + index;
            String read = readId(number, index);
            String update = updateId(number, index);
            wanted(group, record)
                    .ifPresent(wanted ->
                            StepPlanner.add(to, id, group, new DnsAction.RestoreDns(wanted, read, update), List.of()));
        }
    }

    /** A copy is nobody's successor; and no name leads to a VM that the run does not recover. */
    private Optional<WantedRecord> wanted(RecoveryGroup group, DnsRecord record) {
        boolean answers =
                record.vmId().map(vm -> recovers(group, vm)).orElse(order.part().isEmpty());
        return order.mode() == Mode.CLONE || !answers
                ? Optional.empty()
                : record.wanted(group.machines(), order.mode() == Mode.TEST);
    }

    private boolean recovers(RecoveryGroup group, VmId vm) {
        return group.pgIds().stream().flatMap(pg -> order.vmsOf(pg).stream()).anyMatch(known -> known.id()
                .equals(vm));
    }

    private static String readId(int number, int index) {
        return number + ".read-dns." + index;
    }

    private static String updateId(int number, int index) {
        return number + ".update-dns." + index;
    }
}
