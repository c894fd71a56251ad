package io.holdfast.protectiongroup.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.protectiongroup.refusal.Violation;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObjectivesTest {
    @Test
    void theDefaultsAreFiveSecondsADayAndFifteenMinutes() {
        assertThat(Objectives.DEFAULT.violations()).isEmpty();
        assertThat(Objectives.DEFAULT)
                .isEqualTo(new Objectives(Duration.ofSeconds(5), Duration.ofHours(24), 0, Duration.ofMinutes(15)));
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
        var violations = new Objectives(interval, history, limit, rpo).violations();

        assertThat(violations.stream().map(Violation::field))
                .containsExactlyElementsOf(
                        Stream.of(fields.split(" ")).filter(s -> !s.isEmpty()).toList());
    }
}
