package io.holdfast.replicationrouter.adapter.quarkus;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import java.time.LocalTime;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The settings of an agent's link as a value. */
final class LinkRates {
    /** With less, one batch of 1 MiB would take longer than a minute. */
    private static final long MIN_BYTES_PER_SECOND = 16 << 10;

    private LinkRates() {}

    /** @throws HoldfastException {@code INVALID_CONFIGURATION} */
    static RateLimit of(Optional<String> linkRate, List<RouterConfig.LinkWindow> linkWindows) {
        Speed usual = speed("link-rate", linkRate);
        try {
            List<RateWindow> windows =
                    linkWindows.stream().map(LinkRates::window).toList();
            return new RateLimit(usual, windows);
        } catch (IllegalArgumentException malformed) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION, "holdfast.router.link-windows: " + malformed.getMessage());
        }
    }

    private static RateWindow window(RouterConfig.LinkWindow window) {
        if (window.closed() && window.rate().isPresent()) {
            throw new IllegalArgumentException("a window is closed or has a rate, not both");
        }
        return new RateWindow(
                window.days().orElse(Set.of()),
                minute(window.from()),
                minute(window.to()),
                window.closed() ? Speed.CLOSED : speed("link-windows", window.rate()));
    }

    private static int minute(LocalTime time) {
        if (!time.equals(time.withSecond(0).withNano(0))) {
            throw new IllegalArgumentException("windows begin and end at whole minutes, not at " + time);
        }
        return time.get(ChronoField.MINUTE_OF_DAY);
    }

    private static Speed speed(String setting, Optional<String> text) {
        if (text.isEmpty()) {
            return Speed.UNLIMITED;
        }
        long bytes = DataSize.parse(text.get()).bytes();
        if (bytes < MIN_BYTES_PER_SECOND) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "holdfast.router.%s is '%s' per second; allowed is 16KiB or more".formatted(setting, text.get()));
        }
        return new Speed.Limited(bytes);
    }
}
