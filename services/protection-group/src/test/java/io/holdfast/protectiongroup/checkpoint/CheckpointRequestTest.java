package io.holdfast.protectiongroup.checkpoint;

import static io.holdfast.protectiongroup.group.Groups.FIRST;
import static io.holdfast.protectiongroup.group.Groups.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CommandId;
import io.holdfast.protectiongroup.group.Groups;
import org.junit.jupiter.api.Test;

class CheckpointRequestTest {
    private final CheckpointRequest requested = new CheckpointRequest(
            FIRST,
            Groups.draft().id(),
            CommandId.random(),
            "before upgrade",
            NOW,
            "anna",
            NOW.plusSeconds(30),
            new CheckpointRequest.Requested());

    @Test
    void aRequestIsCutAndThenListed() {
        assertThat(requested.cut(NOW).progress().code()).isEqualTo("CUT");
        assertThat(requested.cut(NOW).listed(NOW, 7).progress()).isEqualTo(new CheckpointRequest.Listed(NOW, 7));
    }

    @Test
    void aRefusalIsFinalForTheRouterAndACutIsNotTakenBackByALateRefusal() {
        var failed = requested.failed("NOT_IN_SYNC", "A volume is not in sync.");

        assertThat(failed.progress())
                .isEqualTo(new CheckpointRequest.Failed("NOT_IN_SYNC", "A volume is not in sync."));
        assertThat(failed.cut(NOW)).isEqualTo(failed);
        assertThat(requested.cut(NOW).failed("X", "y").progress().code()).isEqualTo("CUT");
    }

    @Test
    void silenceEndsInATimeOutThatSaysHowFarItCame() {
        assertThat(requested.at(NOW.plusSeconds(90))).isEqualTo(requested);
        assertThat(requested.at(NOW.plusSeconds(91)).progress()).isEqualTo(new CheckpointRequest.TimedOut(false));
        var cut = requested.cut(NOW.plusSeconds(5));
        assertThat(cut.at(NOW.plusSeconds(65))).isEqualTo(cut);
        assertThat(cut.at(NOW.plusSeconds(66)).progress()).isEqualTo(new CheckpointRequest.TimedOut(true));
    }

    @Test
    void theJournalsListIsTheTruthEvenAfterATimeOut() {
        var late = requested.at(NOW.plusSeconds(91)).listed(NOW, 7);

        assertThat(late.progress().code()).isEqualTo("LISTED");
        assertThat(late.at(NOW.plusSeconds(1000))).isEqualTo(late);
    }
}
