package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.run.Failure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What is said when several machines are not as they should be. */
final class MachineProblems {
    private MachineProblems() {}

    /**
     * One that has failed for good counts more than one that is not ready yet. It speaks for those of its kind: a machine that may still become ready is not
     * blamed for another one's end.
     *
     * @param problems one for each machine, at least one
     */
    static HoldfastException together(List<HoldfastException> problems) {
        HoldfastException told = problems.stream()
                .filter(problem -> !problem.code().blame().retryable())
                .findFirst()
                .orElseGet(problems::getFirst);
        boolean retryable = told.code().blame().retryable();
        String vms = problems.stream()
                .filter(problem -> problem.code().blame().retryable() == retryable)
                .map(problem -> problem.details().getOrDefault(Failure.VMS, "").toString())
                .filter(vm -> !vm.isEmpty())
                .collect(Collectors.joining(","));
        Map<String, Object> details = new HashMap<>(told.details());
        details.put(Failure.VMS, vms);
        return new HoldfastException(told.code(), told.getMessage(), details);
    }
}
