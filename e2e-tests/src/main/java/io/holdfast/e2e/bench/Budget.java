package io.holdfast.e2e.bench;

import java.util.Locale;
import java.util.OptionalDouble;

/** What a row has to reach (architecture, section 10). */
sealed interface Budget {
    /** Measured and shown only. */
    Budget NONE = new None();

    /** Which side of the limit is good. */
    enum Bound {
        AT_LEAST(">="),
        AT_MOST("<=");

        private final String sign;

        Bound(String sign) {
            this.sign = sign;
        }

        boolean holds(double value, double limit) {
            return switch (this) {
                case AT_LEAST -> value >= limit;
                case AT_MOST -> value <= limit;
            };
        }
    }

    record None() implements Budget {}

    /** A limit on Holdfast's value divided by the peer's. */
    record OnRatio(Bound bound, double limit) implements Budget {}

    /** A limit on Holdfast's own value, in the row's unit. */
    record OnValue(Bound bound, double limit) implements Budget {}

    static Budget ratioAtLeast(double limit) {
        return new OnRatio(Bound.AT_LEAST, limit);
    }

    static Budget ratioAtMost(double limit) {
        return new OnRatio(Bound.AT_MOST, limit);
    }

    static Budget atLeast(double limit) {
        return new OnValue(Bound.AT_LEAST, limit);
    }

    static Budget atMost(double limit) {
        return new OnValue(Bound.AT_MOST, limit);
    }

    /** @param ratio empty when the row has no peer; a budget on it then counts as not measured */
    default Verdict judge(double value, OptionalDouble ratio) {
        return switch (this) {
            case None _ -> Verdict.REPORTED;
            case OnRatio(var bound, var limit) ->
                ratio.isEmpty() ? Verdict.NOT_MEASURED : Verdict.of(bound.holds(ratio.getAsDouble(), limit));
            case OnValue(var bound, var limit) -> Verdict.of(bound.holds(value, limit));
        };
    }

    /** As the table shows it, such as {@code ratio >= 0.90} or {@code <= 100 ms}. */
    default String text(String unit) {
        return switch (this) {
            case None _ -> "";
            case OnRatio(var bound, var limit) -> String.format(Locale.ROOT, "ratio %s %.2f", bound.sign, limit);
            case OnValue(var bound, var limit) ->
                String.format(Locale.ROOT, "%s %s %s", bound.sign, Row.number(limit), unit);
        };
    }
}
