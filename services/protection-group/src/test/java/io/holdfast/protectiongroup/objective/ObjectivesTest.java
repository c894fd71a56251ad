package io.holdfast.protectiongroup.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.kernel.rate.TransferRules;
import io.holdfast.protectiongroup.refusal.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObjectivesTest {
    @Test
    void theDefaultsAreFiveSecondsADayAndFifteenMinutes() {
        assertThat(Objectives.DEFAULT.violations()).isEmpty();
        assertThat(Objectives.DEFAULT)
                .isEqualTo(new Objectives(
                        Duration.ofSeconds(5),
                        Duration.ofHours(24),
                        0,
                        Duration.ofMinutes(15),
                        Duration.ZERO,
                        TransferRules.DEFAULT));
    }

    @ParameterizedTest
    @CsvSource({
        "PT1S, PT1H, 0, PT1S, ''",
        "PT60S, PT720H, 67108864, PT720H, ''",
        "PT0.999S, PT1H, 0, PT1S, checkpointInterval",
        "PT61S, PT1H, 0, PT61S, checkpointInterval",
        "-PT5S, PT1H, 0, PT5S, checkpointInterval",
        "PT1.0005S, PT1H, 0, PT5S, checkpointInterval",
        "PT5S, PT59M59S, 0, PT15S, history",
        "PT5S, PT720H0.001S, 0, PT15S, history",
        "PT5S, PT24H, -1, PT15S, journalLimitBytes",
        "PT5S, PT24H, 67108863, PT15S, journalLimitBytes",
        "PT5S, PT24H, 0, PT4.999S, rpoObjective",
        "PT5S, PT1H, 0, PT1H0.001S, rpoObjective",
        "PT5S, PT24H, 0, PT15.0000001S, rpoObjective",
        "PT0S, PT0S, 1, PT15M, checkpointInterval history journalLimitBytes rpoObjective"
    })
    void everyLimitIsCheckedAndEveryBrokenRuleIsNamed(
            Duration interval, Duration history, long limit, Duration rpo, String fields) {
        var violations =
                new Objectives(interval, history, limit, rpo, Duration.ZERO, TransferRules.DEFAULT).violations();

        assertThat(violations.stream().map(Violation::field))
                .containsExactlyElementsOf(
                        Stream.of(fields.split(" ")).filter(s -> !s.isEmpty()).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, true",
        "PT1M, true",
        "PT24H, true",
        "PT59.999S, false",
        "PT24H0.001S, false",
        "PT1M0.0000001S, false",
        "-PT1M, false",
    })
    void appCheckpointsComeEveryMinuteToEveryDayOrNever(Duration interval, boolean allowed) {
        var violations = new Objectives(
                        Duration.ofSeconds(5),
                        Duration.ofHours(24),
                        0,
                        Duration.ofMinutes(15),
                        interval,
                        TransferRules.DEFAULT)
                .violations();

        assertThat(violations.stream().map(Violation::field))
                .containsExactlyElementsOf(allowed ? List.of() : List.of("appCheckpointInterval"));
    }

    @Test
    void aRateThatIsTooLowToBeOfUseIsNamedWithItsPlace() {
        var tooLow = new Speed.Limited(Objectives.MIN_RATE_BYTES_PER_SECOND - 1);
        var lowest = new Speed.Limited(Objectives.MIN_RATE_BYTES_PER_SECOND);
        var closed = new RateWindow(Set.of(), 0, 60, Speed.CLOSED);
        var slow = new RateWindow(Set.of(), 60, 120, tooLow);
        var transfer = new TransferRules(
                1, new RateLimit(lowest, List.of(closed, slow)), new SyncRules(new RateLimit(tooLow, List.of()), 50));

        var violations = new Objectives(
                        Duration.ofSeconds(5), Duration.ofHours(24), 0, Duration.ofMinutes(15), Duration.ZERO, transfer)
                .violations();

        assertThat(violations.stream().map(Violation::field))
                .containsExactly("rate.windows[1].bytesPerSecond", "sync.rate.bytesPerSecond");
    }
}
