package io.holdfast.cli.failback;

import io.holdfast.cli.failback.Decision.Refuse;
import java.util.List;
import java.util.function.Supplier;

/** The table of docs/failback.md: what both sites say decides what comes next. Pure. */
public final class WayHome {
    private WayHome() {}

    /** @return {@link Decision.Done} when the goal is reached */
    public static Decision next(Picture picture, Wishes wishes, Goal goal) {
        if (picture.away().isEmpty()) {
            return new Refuse(
                    Line.ATTACH_AT_HOME,
                    Refusal.NOTHING_AWAY,
                    "plan '%s' of the other site has no committed failover".formatted(picture.plan()));
        }
        var fit = new Fit(picture, picture.away().get());
        var protecting = new AtHome(picture.away().get(), wishes);
        var moving = new Moving(picture, wishes);
        var away = new Away(picture, picture.away().get());
        List<Supplier<Decision>> blocks =
                switch (goal) {
                    case PREPARED -> List.of(fit::check, () -> protecting.next(picture));
                    case HOME -> List.of(fit::check, () -> protecting.next(picture), moving::next);
                    case PROTECTED ->
                        List.of(fit::check, () -> protecting.next(picture), moving::next, away::letGo, away::protect);
                };
        return blocks.stream()
                .map(Supplier::get)
                .filter(decision -> !(decision instanceof Decision.Done))
                .findFirst()
                .orElse(Decision.DONE);
    }
}
