package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.kernel.rate.TransferRules;
import java.util.List;

/** Transfer rules as they are stored. Speeds: 0 = unlimited, -1 = closed. */
record TransferForm(int priority, RateForm rate, RateForm syncRate, int resyncThresholdPercent) {
    private static final long CLOSED = -1;

    record RateForm(long bytesPerSecond, List<WindowForm> windows) {}

    /** @param days bit 0 = Monday; 0 = every day */
    record WindowForm(int days, int fromMinute, int toMinute, long bytesPerSecond) {}

    static String write(TransferRules rules) {
        return StoredJson.write(new TransferForm(
                rules.priority(),
                form(rules.rate()),
                form(rules.sync().rate()),
                rules.sync().resyncThresholdPercent()));
    }

    static TransferRules read(String text) {
        TransferForm form = StoredJson.read("transfer", TransferForm.class, text);
        return new TransferRules(
                form.priority, rate(form.rate), new SyncRules(rate(form.syncRate), form.resyncThresholdPercent));
    }

    private static RateForm form(RateLimit rate) {
        return new RateForm(
                number(rate.usual()),
                rate.windows().stream()
                        .map(window -> new WindowForm(
                                window.dayBits(), window.fromMinute(), window.toMinute(), number(window.speed())))
                        .toList());
    }

    private static RateLimit rate(RateForm form) {
        return new RateLimit(
                speed(form.bytesPerSecond),
                form.windows.stream()
                        .map(window -> new RateWindow(
                                RateWindow.daysOfBits(window.days),
                                window.fromMinute,
                                window.toMinute,
                                speed(window.bytesPerSecond)))
                        .toList());
    }

    private static long number(Speed speed) {
        return switch (speed) {
            case Speed.Unlimited _ -> 0;
            case Speed.Limited limited -> limited.bytesPerSecond();
            case Speed.Closed _ -> CLOSED;
        };
    }

    private static Speed speed(long number) {
        return number == CLOSED ? Speed.CLOSED : Speed.ofBytesPerSecond(number);
    }
}
