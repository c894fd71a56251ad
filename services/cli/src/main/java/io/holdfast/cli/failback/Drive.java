package io.holdfast.cli.failback;

import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.failback.Decision.Refuse;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Goes the way: looks, decides, does one step or waits, and looks again. What it remembers is only what it has said and done in this call, so that it neither
 * repeats itself nor does in vain what a site does not take.
 */
public final class Drive {
    /** Of one step in one call. */
    private static final int MOST_REFUSALS = 3;

    private final Supplier<Picture> looking;
    private final StepWork work;
    private final Wishes wishes;
    private final Pacing pacing;
    private final Consumer<String> progress;
    private final Set<String> done = new HashSet<>();
    private final Map<String, Integer> refusals = new HashMap<>();
    private Refuse unconfirmed;
    private String said = "";
    /** Of turns, one after the other. */
    private int failures;

    /** @param progress one line for each thing that has happened */
    public Drive(Sites sites, Supplier<Picture> looking, Wishes wishes, Pacing pacing, Consumer<String> progress) {
        this.looking = looking;
        this.wishes = wishes;
        this.pacing = pacing;
        this.progress = progress;
        this.work = new StepWork(
                sites,
                wishes,
                new DiskImport(sites.home(), new KnownDifferences(sites.away(), this::tell), wishes, pacing));
    }

    /**
     * Until the goal is reached, or somebody else has to act.
     *
     * @return {@link Decision.Done} or {@link Refuse}
     * @throws CommandFailure what a site said no to; {@code NOT_IN_TIME}; {@code UNREACHABLE}
     */
    public Decision to(Goal goal) {
        Optional<Decision> end = Optional.empty();
        while (end.isEmpty()) {
            end = turn(goal);
        }
        return end.get();
    }

    /** @return the end; empty = go on */
    private Optional<Decision> turn(Goal goal) {
        try {
            Picture picture = looking.get();
            Decision next = WayHome.next(picture, wishes, goal);
            Optional<Decision> end =
                    switch (next) {
                        case Decision.Do(Step step) -> perform(step, picture);
                        case Decision.Await(Line line, String words) -> {
                            await("%s: %s".formatted(line.site(), words));
                            yield Optional.empty();
                        }
                        case Refuse refuse -> confirm(refuse);
                        case Decision.Done _ -> Optional.of(next);
                    };
            failures = 0;
            return end;
        } catch (CommandFailure failure) {
            bear(failure);
            return Optional.empty();
        }
    }

    /** Sites are not read in one instant: what another call did in between may look like a contradiction, once. */
    private Optional<Decision> confirm(Refuse refuse) {
        if (refuse.equals(unconfirmed)) {
            return Optional.of(refuse);
        }
        unconfirmed = refuse;
        pacing.pause();
        return Optional.empty();
    }

    private Optional<Decision> perform(Step step, Picture picture) {
        if (done.contains(step.name())) {
            return Optional.of(new Refuse(step.line(), Refusal.STEP_DID_NOT_TAKE, reason(step, picture)));
        }
        try {
            work.perform(step, picture.away().orElseThrow());
        } catch (CommandFailure failure) {
            if (failure.exitCode() != ExitCode.REFUSED
                    || refusals.merge(step.name(), 1, Integer::sum) >= MOST_REFUSALS) {
                throw failure;
            }
            // Somebody may have done it a moment ago, or a service has not heard of something yet: what the sites say
            // next tells.
            pacing.pause();
            return Optional.empty();
        }
        done.add(step.name());
        tell("%s: %s".formatted(step.line().site(), step.words()));
        return Optional.empty();
    }

    /** A site that does not answer may do so in a moment; one service of a site that has not heard yet what another did, too. */
    private void bear(CommandFailure failure) {
        boolean passing = failure.exitCode() == ExitCode.UNREACHABLE || failure.exitCode() == ExitCode.NOT_FOUND;
        if (!passing || ++failures > pacing.patience()) {
            throw failure;
        }
        await(failure.getMessage());
    }

    private void await(String words) {
        if (pacing.isOver()) {
            throw new CommandFailure(
                    ExitCode.NOT_IN_TIME,
                    "not yet: %s. What was ordered goes on; call again to go on".formatted(words));
        }
        tell("waiting: " + words);
        pacing.pause();
    }

    private void tell(String words) {
        if (!said.equals(words)) {
            said = words;
            progress.accept(words);
        }
    }

    private static String reason(Step step, Picture picture) {
        String site =
                switch (step) {
                    case Step.Release(Picture.Run run) -> run.failure();
                    case Step.DetachAway(Picture.Vm vm) ->
                        vm.away().attached().map(Picture.Attachment::reason).orElse("");
                    case Step.Move(Picture.Plan plan) -> plan.lastFailure();
                    default -> "";
                };
        return "ordered in this call, and the site shows nothing of it: %s%s"
                .formatted(step.words(), site.isEmpty() ? "" : " (" + site + ")");
    }
}
