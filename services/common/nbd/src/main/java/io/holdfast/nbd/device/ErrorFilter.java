package io.holdfast.nbd.device;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Makes chosen operations fail before they reach the device below. The rule can be changed while operations run: an operation sees
 * the rule that is set when it begins.
 */
public final class ErrorFilter extends OperationFilter {
    private record Rule(Predicate<Operation> matches, NbdError error) {}

    private final LongAdder injected = new LongAdder();
    private volatile Rule rule;

    /** Starts healthy. */
    public ErrorFilter(BlockDevice below) {
        super(below);
    }

    /** From now on every matching operation fails. The predicate is called by many threads at once. */
    public void failWhen(Predicate<Operation> matches, NbdError error) {
        rule = new Rule(Objects.requireNonNull(matches), Objects.requireNonNull(error));
    }

    /**
     * From now on a share of all operations fails, chosen by a seeded generator.
     *
     * @param ratio 0 (none) to 1 (all)
     */
    public void failRandomly(double ratio, long seed, NbdError error) {
        if (!(ratio >= 0 && ratio <= 1)) {
            throw new IllegalArgumentException("ratio must be in 0..1, was " + ratio);
        }
        RandomGenerator random = new java.util.Random(seed);
        failWhen(_ -> random.nextDouble() < ratio, error);
    }

    /** From now on nothing fails. */
    public void heal() {
        rule = null;
    }

    /** How many operations this filter has failed so far. */
    public long injectedErrors() {
        return injected.sum();
    }

    @Override
    protected void before(Operation operation) throws IOException {
        Rule current = rule;
        if (current != null && current.matches.test(operation)) {
            injected.increment();
            throw new NbdException(current.error, "injected error: " + operation);
        }
    }
}
