package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunRegister;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.Optional;

/** Takes an order to run a plan, whoever gives it. Part of the caller's transaction. */
@ApplicationScoped
public class RunOrders {
    private final RunRegister runs;
    private final OrderedVms vms;
    private final OrderedParts parts;
    private final Preflights preflights;
    private final Clock clock;

    @Inject
    public RunOrders(RunRegister runs, OrderedVms vms, OrderedParts parts, Preflights preflights, Clock clock) {
        this.runs = runs;
        this.vms = vms;
        this.parts = parts;
        this.preflights = preflights;
        this.clock = clock;
    }

    /** @throws HoldfastException with the reason why the order is refused; nothing is stored then */
    public Run place(Plan plan, RunRequest request, String by) {
        Mode mode = Mode.parse(request.mode());
        Optional<Part> part = parts.read(request.only(), plan.definition(), mode);
        Plan wanted = part.map(only -> parts.narrowed(plan, only)).orElse(plan);
        RunRequest.Recovered recovered =
                new RunRequest.Recovered(wanted, vms.of(wanted.definition(), mode, part), part);
        Run run = request.order(recovered, by, clock.instant());
        if (!Boolean.TRUE.equals(request.force())) {
            preflights.requireRunnable(run.order());
        }
        runs.add(run);
        return run;
    }
}
