package io.holdfast.recoveryplan.run;

import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.dns.WantedRecord;
import java.util.List;
import java.util.Optional;

/** The steps by which names lead to what was recovered; docs/dns.md has the table. Each is about one record set. */
public sealed interface DnsAction extends StepAction {
    WantedRecord wanted();

    /**
     * Reads what stands there, so that it is stored before anything changes it. Only reads, so there is nothing to undo.
     *
     * @param expect what else than the wanted values may stand there; none = anything
     */
    record ReadDns(WantedRecord wanted, List<String> expect) implements DnsAction {
        public ReadDns {
            expect = List.copyOf(expect);
        }

        @Override
        public String kind() {
            return "READ_DNS";
        }
    }

    /** Changes it from what was read. Undone by the {@link RestoreDns} that names it. */
    record UpdateDns(WantedRecord wanted, String readStepId) implements DnsAction {
        @Override
        public String kind() {
            return "UPDATE_DNS";
        }
    }

    /** Changes it back, also when nobody knows whether {@code updateStepId} changed it; what somebody else has written since stays. */
    record RestoreDns(WantedRecord wanted, String readStepId, String updateStepId) implements DnsAction {
        @Override
        public String kind() {
            return "RESTORE_DNS";
        }

        @Override
        public boolean undoes() {
            return true;
        }
    }

    /** What a reading step found; empty while it is not done. */
    static Optional<RecordValues> found(Run run, String readStepId) {
        return run.step(readStepId).progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.DnsRead read
                ? Optional.of(read.found())
                : Optional.empty();
    }
}
