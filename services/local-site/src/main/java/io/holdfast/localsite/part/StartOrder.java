package io.holdfast.localsite.part;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Decides which part to start next. Pure: the supervisor does it.
 *
 * <p>At most {@code parallel} parts start at once. A JVM that starts keeps about one core busy; with many more than the
 * cores at once every one of them takes longer and the first useful one comes last.
 */
public record StartOrder(Set<Part> wanted, int parallel) {
    public StartOrder {
        wanted = wanted.isEmpty() ? EnumSet.noneOf(Part.class) : EnumSet.copyOf(wanted);
        if (parallel < 1) {
            throw new IllegalArgumentException("parallel starts must be at least 1, not " + parallel);
        }
    }

    /** The parts to launch now, given those that are ready and those that are on their way. */
    public List<Part> next(Set<Part> ready, Set<Part> starting) {
        List<Part> next = new ArrayList<>();
        for (Part part : wanted) {
            if (starting.size() + next.size() >= parallel) {
                break;
            }
            if (!ready.contains(part) && !starting.contains(part) && needsMet(part, ready)) {
                next.add(part);
            }
        }
        return next;
    }

    private boolean needsMet(Part part, Set<Part> ready) {
        return part.dependsOn().stream().allMatch(need -> ready.contains(need) || !wanted.contains(need));
    }
}
