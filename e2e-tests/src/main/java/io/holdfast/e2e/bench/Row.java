package io.holdfast.e2e.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One line of the result.
 *
 * @param what in words, with the load that was applied
 * @param unit of {@code value} and {@code peer}
 * @param value Holdfast's; NaN when the measurement failed
 * @param peer the peer's in the same run, when there is one
 * @param ratio the median of the ratios pair by pair, which need not be {@code value / peer}
 * @param failure why nothing was measured; empty = it was
 * @param details more numbers of the same measurement, by name with unit; only in the machine-readable result
 */
record Row(
        String what,
        String unit,
        double value,
        OptionalDouble peer,
        OptionalDouble ratio,
        Budget budget,
        Optional<String> failure,
        Map<String, Double> details) {

    Row {
        details = Map.copyOf(details);
    }

    /** A value without a peer. */
    static Row of(String what, String unit, double value, Budget budget) {
        return new Row(
                what, unit, value, OptionalDouble.empty(), OptionalDouble.empty(), budget, Optional.empty(), Map.of());
    }

    /** A value beside a peer's. */
    static Row compared(String what, String unit, double value, double peer, double ratio, Budget budget) {
        return new Row(
                what,
                unit,
                value,
                OptionalDouble.of(peer),
                OptionalDouble.of(ratio),
                budget,
                Optional.empty(),
                Map.of());
    }

    /** A measurement that failed. */
    static Row failed(String what, String why) {
        return new Row(
                what,
                "",
                Double.NaN,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Budget.NONE,
                Optional.of(why),
                Map.of());
    }

    Row with(String detail, double number) {
        Map<String, Double> more = new LinkedHashMap<>(details);
        more.put(detail, number);
        return new Row(what, unit, value, peer, ratio, budget, failure, more);
    }

    Row budgeted(Budget given) {
        return new Row(what, unit, value, peer, ratio, given, failure, details);
    }

    Verdict verdict() {
        return failure.isPresent() || Double.isNaN(value) ? Verdict.NOT_MEASURED : budget.judge(value, ratio);
    }

    /** Three significant digits where that is what the measurement gives, whole numbers above. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        double size = Math.abs(value);
        String format = size >= 100 || value == Math.rint(value) ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}
